/**
 * npm run bench:kills [-- --kills N] [--seed S]: kills demo, search, training, build and flashing with SIGKILL at N random moments
 * in all (200), each in a workspace of its own, and looks after every kill: the workspace opens, no finished step is lost, no
 * process is left, the job goes on; at the end each comes to its end. Writes docs/kills.md; ends with 1 where anything was wrong.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../../main/core/random/index.ts';
import { mcunet, tinyClassifier } from '../cli/commandLine.ts';
import { killAgainAndAgain, type KillResult, type Victim } from '../support/kills.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const total = Number(values.kills);
const random = createRandom(Number(values.seed));
const folder = mkdtempSync(join(tmpdir(), 'mcunet-kills-'));
const boardId = 'virtual-stm32f405';
const model = tinyClassifier(folder, 'tiny.tflite', { features: 64 });
const small = 'generated:road-signs?size=32&train=256&validation=64&test=64';

const built = await mcunet(['build', model, '--board', boardId, '--out', join(folder, 'image'), '--json']);
if (built.exitCode !== 0) throw new Error(built.out);
const image = join(folder, 'image', 'firmware', 'firmware.elf');
const flash = ['--import', 'tsx', join(import.meta.dirname, '../../main/cli/main.ts'), 'flash'];

/** How the kills are shared out, in hundredths. */
const victims: readonly (readonly [share: number, victim: Victim])[] = [
  [10, { name: 'demo', params: { kind: 'demo', dataset: small, minutes: 0.1, evaluateLimit: 64 } }],
  [25, { name: 'search', params: { kind: 'search', dataset: small, boardId, minutes: 0.5, evaluateLimit: 32 } }],
  [30, { name: 'train', params: { kind: 'train', dataset: small, boardId, minutes: 0.2, evaluateLimit: 64 } }],
  [20, { name: 'build', params: { kind: 'build', model, boardId } }],
  [15, { name: 'flash', command: [process.execPath, ...flash, '--board', boardId, '--image', image] }],
];

const results: KillResult[] = [];
for (const [share, victim] of victims) {
  const kills = Math.max(1, Math.round((total * share) / 100));
  const workspace = join(folder, victim.name);
  mkdirSync(workspace);
  const result = await killAgainAndAgain(victim, { workspace, kills, random: random.fork(victim.name) });
  results.push(result);
  console.error(`${victim.name}: ${result.kills} kills, ${result.wrong.length} wrong`);
  for (const sentence of result.wrong) console.error(`  ${sentence}`);
}
rmSync(folder, { recursive: true, force: true });

const sum = (of: (result: KillResult) => number): number => results.reduce((all, result) => all + of(result), 0);
const moments = ({ during }: KillResult): string =>
  [...during].map(([step, count]) => `${step} ${count}`).join(', ') || '–';
writeFileSync(
  join(import.meta.dirname, '../../docs/kills.md'),
  `# Killed at random moments

Made by \`npm run bench:kills -- --kills ${total} --seed ${values.seed}\` (Node ${process.version}): each job is started as the app starts it, killed
with SIGKILL at a random moment, looked at, and started again in the same workspace. After each kill the workspace must open and
list its runs, every step that was finished must be there with its files unchanged, the run must say that it was interrupted, and
no process may be left. At the end each job must come to its end.

| job | kills | wrong | ended before its moment | finished steps taken again | killed during |
|---|---|---|---|---|---|
${results.map((result) => `| ${result.name} | ${result.kills} | ${result.wrong.length} | ${result.finishedBefore} | ${result.stepsKept} | ${moments(result)} |`).join('\n')}
| together | ${sum(({ kills }) => kills)} | ${sum(({ wrong }) => wrong.length)} | ${sum(({ finishedBefore }) => finishedBefore)} | ${sum(({ stepsKept }) => stepsKept)} | |
`,
);
process.exitCode = sum(({ wrong }) => wrong.length) === 0 ? 0 : 1;
