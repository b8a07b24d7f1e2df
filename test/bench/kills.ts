/**
 * npm run bench:kills [-- --kills N] [--seed S] [--afresh]: kills demo, search, training, build and flashing with SIGKILL at N
 * random moments in all (200), each in a workspace of its own, and looks after every kill: the workspace opens, no finished
 * step is lost, no process is left, the job goes on; at the end each comes to its end and nothing is left lying about. Can be
 * interrupted at any time: it goes on where it was, unless `--afresh`. Writes docs/kills.md; ends with 1 where anything was wrong.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultArchitecture } from '../../main/core/architecture/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { writeFileAtomic } from '../../main/store/index.ts';
import { mcunet, tinyClassifier } from '../cli/commandLine.ts';
import { tinySpace } from '../support/tinySearch.ts';
import { killAgainAndAgain, type KillProgress, type Victim } from '../support/kills.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    afresh: { type: 'boolean', default: false },
  },
});
const total = Number(values.kills);
const random = createRandom(Number(values.seed));
const folder = join(import.meta.dirname, `../../.cache/bench-kills/${total}-seed${values.seed}`);
if (values.afresh) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => stop.abort(new Error(`stopped by ${signal}; the same command goes on from here`)));

const boardId = 'virtual-stm32f405';
const model = tinyClassifier(folder, 'tiny.tflite', { features: 64 });
const small = 'generated:road-signs?size=32&train=96&validation=32&test=32';
const image = join(folder, 'image', 'firmware', 'firmware.elf');
if (!existsSync(image)) {
  const built = await mcunet(['build', model, '--board', boardId, '--out', join(folder, 'image'), '--json']);
  if (built.exitCode !== 0) throw new Error(built.out);
}
// Small ones: what is tried is when a job is killed, not what becomes of it.
const architecture = join(folder, 'architecture.json');
writeFileSync(
  architecture,
  JSON.stringify(defaultArchitecture({ height: 32, width: 32, channels: 3 }, 16, { macs: 1 })),
);
const space = join(folder, 'space.json');
writeFileSync(space, JSON.stringify({ ...tinySpace, input: { height: 32, width: 32, channels: 3 }, classes: 16 }));
const flash = ['--import', 'tsx', join(import.meta.dirname, '../../main/cli/main.ts'), 'flash'];

/** How the kills are shared out, in hundredths. */
const victims: readonly (readonly [share: number, victim: Victim])[] = [
  [15, { name: 'flash', command: [process.execPath, ...flash, '--board', boardId, '--image', image] }],
  [20, { name: 'build', params: { kind: 'build', model, boardId } }],
  [10, { name: 'demo', params: { kind: 'demo', dataset: small, minutes: 0.05, evaluateLimit: 16 } }],
  [
    30,
    {
      name: 'train',
      params: { kind: 'train', dataset: small, boardId, architecture, minutes: 0.05, evaluateLimit: 16 },
    },
  ],
  [25, { name: 'search', params: { kind: 'search', dataset: small, boardId, space, minutes: 0.1, evaluateLimit: 16 } }],
];

const keptIn = (name: string): string => join(folder, `${name}.json`);
const kept = (name: string): KillProgress | null =>
  existsSync(keptIn(name)) ? (JSON.parse(readFileSync(keptIn(name), 'utf8')) as KillProgress) : null;
const killsOf = (share: number): number => Math.max(1, Math.round((total * share) / 100));

/** Written after every start, so that it stands at any moment as far as things have come. */
function writePage(): void {
  const results = victims.flatMap(([share, { name }]) => {
    const progress = kept(name);
    return progress === null ? [] : [{ ...progress, wanted: killsOf(share) }];
  });
  type Row = (typeof results)[number];
  const sum = (of: (result: Row) => number): number => results.reduce((all, result) => all + of(result), 0);
  const moments = ({ during }: Row): string =>
    Object.entries(during)
      .map(([step, count]) => `${step} ${count}`)
      .join(', ') || '–';
  const row = (result: Row): string =>
    `| ${result.name} | ${result.kills} of ${result.wanted} | ${result.wrong.length} | ${result.finishedBefore} | ${result.stepsKept} | ${moments(result)} |`;
  const all = `${sum(({ kills }) => kills)} of ${total}`;
  writeFileSync(
    join(import.meta.dirname, '../../docs/kills.md'),
    `# Killed at random moments

Made by \`npm run bench:kills -- --kills ${total} --seed ${values.seed}\` (Node ${process.version}): each job is started as the app starts it, killed
with SIGKILL at a random moment, looked at, and started again in the same workspace. After each kill the workspace must open and
list its runs, every step that was finished must be there with its files unchanged, the run must say that it was interrupted, and
no process may be left. At the end each job must come to its end, and no scratch folder and no half-written file may be left.
The command goes on where it was stopped.

| job | kills | wrong | ended before its moment | finished steps taken again | killed during |
|---|---|---|---|---|---|
${results.map(row).join('\n')}
| together | ${all} | ${sum(({ wrong }) => wrong.length)} | ${sum(({ finishedBefore }) => finishedBefore)} | ${sum(({ stepsKept }) => stepsKept)} | |

A short form, six kills of an evaluation, is among the tests (\`test/robustness/kills.test.ts\`).
`,
  );
}

let wrong = 0;
for (const [share, victim] of victims) {
  const progress = kept(victim.name);
  const result = await killAgainAndAgain(victim, {
    folder: join(folder, victim.name),
    kills: killsOf(share),
    random: random.fork(victim.name),
    ...(progress === null ? {} : { progress }),
    onProgress: (now) => {
      writeFileAtomic(keptIn(victim.name), JSON.stringify(now));
      writePage();
      console.error(`${victim.name}: ${now.kills} kills, ${now.wrong.length} wrong`);
    },
    signal: stop.signal,
  }).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
    console.error((stop.signal.reason as Error).message);
    process.exit(130);
  });
  wrong += result.wrong.length;
  for (const sentence of result.wrong) console.error(`  ${sentence}`);
}
writePage();
if (wrong > 0) process.exitCode = 1;
