// Brings a fresh network namespace's loopback up (with `ip` where it is there, else by the system's own call through
// Python or perl), says so in the environment, and becomes the program that it was given.
import { spawn, spawnSync } from 'node:child_process';

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
  console.error('loopback could not be brought up');
  process.exit(125);
}
const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(126);
});
child.on('close', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
