// npm start: the desktop app where Electron's program is there, otherwise its window in a browser on this machine.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { electronProgram } from './electron.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => console.error(`start: ${line}`);

const node = (args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

const setUp = node(['native-toolchain/setup.mjs', '--for', 'build']);
if (setUp.status !== 0) process.exit(setUp.status ?? 1);
say('building the window');
const built = node([join('node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn']);
if (built.status !== 0) process.exit(built.status ?? 1);

const electron = electronProgram();
if (electron !== null) {
  const bundled = node(['--import', 'tsx', 'native-toolchain/packaging/bundle.mts']);
  if (bundled.status !== 0) process.exit(bundled.status ?? 1);
} else {
  say(
    'Electron has no program here (its package fetches it on first use, which needs the internet once); opening the window in a browser instead',
  );
}
const [program, args] =
  electron === null
    ? [process.execPath, ['--import', 'tsx', 'main/cli/main.ts', 'serve']]
    : [electron, ['dist/main/main.js']];
const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
// A terminal sends Ctrl-C to both of us; the child decides how to end.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
