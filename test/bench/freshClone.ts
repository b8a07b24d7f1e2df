/**
 * npm run bench:fresh-clone [-- --full]: clones this repository as it is committed into an empty folder, with an empty home and
 * nothing in the environment but the system's plain PATH, and lets `npm run demo` and `npm test` set themselves up there; then both
 * once more without any network. Without `--full` the demo trains for half a minute, and of the tests only the set-up's and the
 * store's run. Writes docs/fresh-clone.md; ends with 1 where anything failed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareEnvironment, runToEnd, withoutNetwork } from '../support/bareMachine.ts';

const full = process.argv.includes('--full');
const root = join(import.meta.dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'mcunet fresh clone '));
const clone = join(work, 'mcunet-studio');
execFileSync('git', ['clone', '-q', '--no-hardlinks', root, clone]);
const commit = execFileSync('git', ['-C', clone, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();

const bare = bareEnvironment(join(work, 'machine'), { npm: true });
// Which registry npm asks is this machine's affair.
const npmSettings = Object.entries(process.env).filter(([name]) =>
  /^npm_config_(registry|cafile|proxy|https_proxy|userconfig|cache)$/i.test(name),
);
const env = {
  ...Object.fromEntries(npmSettings),
  npm_config_userconfig: userConfig(),
  ...bare,
  PATH: `${bare.PATH}:/usr/bin:/bin`,
};
const wall = withoutNetwork();

function userConfig(): string {
  return execFileSync('npm', ['config', 'get', 'userconfig'], { encoding: 'utf8' }).trim();
}

const rows: string[] = [];
let wrong = 0;
async function step(what: string, command: readonly string[]): Promise<void> {
  const since = performance.now();
  const { exitCode, stdout, stderr } = await runToEnd(command, { cwd: clone, env, echo: true });
  const passed = /Tests\s+.*?(\d+) passed/.exec(`${stdout}${stderr}`.replaceAll(/\u001b\[\d+m/g, ''))?.[1];
  if (exitCode !== 0) {
    wrong++;
    console.error(stdout.slice(-4000));
  }
  const result = exitCode === 0 ? (passed === undefined ? 'passed' : `${passed} passed`) : `FAILED (exit ${exitCode})`;
  rows.push(`| ${what} | ${result} | ${((performance.now() - since) / 1000).toFixed(0)} s |`);
  console.error(rows.at(-1));
}

const npm = join(work, 'machine', 'bin', 'npm');
const demo = ['run', 'demo', ...(full ? [] : ['--', '--minutes', '0.5'])];
const test = ['test', ...(full ? [] : ['--', 'test/store', 'test/native-toolchain/setup.test.ts'])];
const shown = (args: readonly string[]): string => `\`npm ${args.join(' ')}\``;
try {
  await step(`${shown(demo)}, in the fresh clone`, [npm, ...demo]);
  await step(`${shown(test)}`, [npm, ...test]);
  if (wall !== null) {
    await step(`${shown(demo)}, without a network`, [...wall, npm, ...demo]);
    await step(`${shown(test)}, without a network`, [...wall, npm, ...test]);
  } else rows.push('| without a network | not tried: unshare is not permitted here | |');
} finally {
  rmSync(work, { recursive: true, force: true });
}
writeFileSync(
  join(root, 'docs/fresh-clone.md'),
  `# From a fresh clone

Made by \`npm run bench:fresh-clone${full ? ' -- --full' : ''}\` at ${commit} (Node ${process.version}): a clone in an empty folder with an empty home and nothing in the environment but
the system's plain PATH; npm's packages, compiler, emulator and browser were what the set-up found there or brought.

| what | result | time |
|---|---|---|
${rows.join('\n')}
`,
);
process.exitCode = wrong === 0 ? 0 : 1;
