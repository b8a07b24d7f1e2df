/**
 * npm run bench:fresh-clone [-- --full]: clones this repository as it is committed into an empty machine (a Debian made by
 * debootstrap, where this user is root and has it; otherwise an empty home) with a PATH reduced to coreutils and Node, and
 * lets `npm run demo` and `npm test` set themselves up there; then both once more without any network. Without `--full` the
 * demo trains for half a minute, and of the tests only the set-up's and the store's run. Writes docs/fresh-clone.md after
 * every step; ends with 1 where anything failed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeEmptyMachine } from '../support/emptyMachine.ts';

const full = process.argv.includes('--full');
const root = join(import.meta.dirname, '../..');
const place = join(root, '.cache/bench-fresh-clone');
rmSync(join(place, 'root'), { recursive: true, force: true });
mkdirSync(place, { recursive: true });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}`)));

const machine = await makeEmptyMachine(place);
const folder = 'mcunet studio';
const clone = join(machine.work, folder);
rmSync(clone, { recursive: true, force: true });
execFileSync('git', ['clone', '-q', '--no-hardlinks', root, clone]);
const commit = execFileSync('git', ['-C', clone, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

const rows: string[] = [];
let wrong = 0;

async function step(args: readonly string[], network: boolean): Promise<void> {
  const since = performance.now();
  const { exitCode, stdout, stderr } = await machine.run(['npm', ...args], { folder, network, signal: stop.signal });
  stop.signal.throwIfAborted();
  const said = `${stdout}${stderr}`.replaceAll(/\u001b\[\d+m/g, '');
  const counts = /^tests: (.+)$/m.exec(said)?.[1];
  if (exitCode !== 0) {
    wrong++;
    console.error(stdout.slice(-8000));
  }
  const result = exitCode === 0 ? (counts ?? 'passed') : `FAILED (exit ${exitCode})${counts ? `, ${counts}` : ''}`;
  const seconds = ((performance.now() - since) / 1000).toFixed(0);
  rows.push(`| \`npm ${args.join(' ')}\` | ${network ? 'as it is' : 'loopback only'} | ${result} | ${seconds} s |`);
  console.error(rows.at(-1));
  writeFileSync(join(root, 'docs/fresh-clone.md'), page());
}

function page(): string {
  return `# From a fresh clone

Made by \`npm run bench:fresh-clone${full ? ' -- --full' : ''}\` at ${commit} (Node ${process.version}): a clone in an empty folder of an empty machine, ${machine.description}.
npm's packages, compiler, emulator, OpenOCD and browser were what the set-up brought.

| what | network | result | time |
|---|---|---|---|
${rows.join('\n')}
`;
}

const demo = ['run', 'demo', ...(full ? [] : ['--', '--minutes', '0.5'])];
const test = ['test', ...(full ? [] : ['--', 'test/store', 'test/native-toolchain/setup.test.ts'])];
try {
  for (const network of [true, false]) for (const command of [demo, test]) await step(command, network);
} finally {
  rmSync(join(place, 'root'), { recursive: true, force: true });
  rmSync(clone, { recursive: true, force: true });
}
if (wrong > 0) process.exitCode = 1;
