// Brings a fresh network namespace's loopback up (with `ip` where it is there, else by the system's own call through
// Python or perl), runs the program that it was given, and at the end writes down, in the file that MCUNET_FOREIGN_PACKETS
// names, how many packets the program and all that it started wanted to send anywhere else: the kernel counts them.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const perl =
  'socket(S,2,2,0); $r=pack("a16 s x22","lo",0); ioctl(S,0x8913,$r); ($f)=unpack("x16 s",$r); ioctl(S,0x8914,pack("a16 s x22","lo",$f|1)) or exit 1';
const python =
  'import socket,fcntl,struct;s=socket.socket();r=fcntl.ioctl(s,0x8913,struct.pack("16s24x",b"lo"));f=struct.unpack("16xh",r[:18])[0];fcntl.ioctl(s,0x8914,struct.pack("16sh22x",b"lo",f|1))';
const ways = [
  ['/sbin/ip', ['link', 'set', 'lo', 'up']],
  ['/usr/sbin/ip', ['link', 'set', 'lo', 'up']],
  ['/sbin/ifconfig', ['lo', 'up']],
  ['/usr/bin/perl', ['-e', perl]],
  ['/usr/bin/python3', ['-c', python]],
];
if (!ways.some(([program, args]) => spawnSync(program, args).status === 0)) {
  process.stderr.write('loopback could not be brought up\n');
  process.exit(125);
}
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(126);
});

/** Packets that found no way out, of both versions of IP: proc(5), RFC 4293's ipSystemStatsOutNoRoutes. */
function foreignPackets() {
  const [names, values] = readFileSync('/proc/net/snmp', 'latin1')
    .split('\n')
    .filter((line) => line.startsWith('Ip:'))
    .map((line) => line.split(/\s+/));
  const six = /^Ip6OutNoRoutes\s+(\d+)/m.exec(readFileSync('/proc/net/snmp6', 'latin1'));
  return Number(values[names.indexOf('OutNoRoutes')]) + Number(six?.[1] ?? 0);
}

child.on('close', (code, signal) => {
  const file = process.env.MCUNET_FOREIGN_PACKETS;
  if (file) writeFileSync(file, String(foreignPackets()));
  process.exit(code ?? (signal === null ? 1 : 128));
});
