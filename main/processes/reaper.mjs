// Outlives its parent just long enough to end what the parent left running, however the parent ended (kill -9 included).
// The parent writes `+PID` when it starts a child and `-PID` when that child has ended; when the pipe closes without a
// farewell, the parent is gone. Each child leads a process group of its own, so that its children end with it. On Linux
// the children's environment carries a mark, which also finds one that was started but not yet announced.
import { readFileSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const mark = process.argv[2];
const children = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

function end(pid) {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)]);
    return;
  }
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
}

function marked() {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'latin1').split('\0').includes(`MCUNET_OWNER=${mark}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

let rest = '';
process.stdin.setEncoding('latin1');
process.stdin.on('data', (text) => {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (line.startsWith('+')) children.add(Number(line.slice(1)));
    if (line.startsWith('-')) children.delete(Number(line.slice(1)));
  }
});
const finish = () => {
  for (const pid of [...children, ...marked()]) end(pid);
  process.exit(0);
};
process.stdin.on('end', finish).on('error', finish);
