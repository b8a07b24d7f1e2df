/** docs/search.md, made from all results that are kept. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ARMS, type ArmName, type Result } from './result.ts';
import { limitsFor, TASKS, type Task } from './tasks.ts';

const file = join(import.meta.dirname, '../../../docs/search.md');

const names: Readonly<Record<ArmName, string>> = {
  ours: '**the search**',
  random: 'a random network of the same space',
  mobilenetv2: 'the best scaled MobileNetV2',
  resnet8: 'MLPerf’s ResNet8',
  handmade: 'the hand-made default network',
};

const percent = (fraction: number): string => (100 * fraction).toFixed(2);
const kB = (bytes: number): string => (bytes / 1000).toFixed(1);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function row(result: Result): string {
  const { arm, seed, input, macs, cycles, sramBytes, flashBytes, epochs, floatAccuracy, int8, board } = result;
  const cells = [
    result.keepsLimits ? names[arm] : `${names[arm]}, over the limits`,
    seed,
    input,
    (macs / 1e6).toFixed(2),
    (cycles / 1e6).toFixed(2),
    kB(sramBytes),
    kB(flashBytes),
    epochs.toFixed(1),
    percent(floatAccuracy),
    percent(int8.accuracy),
    `${percent(board.accuracy)} (${board.equal}/${board.samples})`,
  ];
  return `| ${cells.join(' | ')} |`;
}

const HEAD = `| network | seed | input | MMACs | Mcycles | SRAM kB | Flash kB | passes | float % | int8 % | int8 on the board % (equal) |
|---|---|---|---|---|---|---|---|---|---|---|`;

/**
 * What the search's mean is above another arm's, over the seeds that both have, with the standard error that so many test
 * samples leave: the same ones for all seeds, so that these do not lower it.
 */
function margin(results: readonly Result[], other: ArmName): string | null {
  const of = (arm: ArmName): Map<number, number> =>
    new Map(results.filter((result) => result.arm === arm).map(({ seed, int8 }) => [seed, int8.accuracy]));
  const samples = results.reduce((least, { int8 }) => Math.min(least, int8.samples), Infinity);
  const [ours, theirs] = [of('ours'), of(other)];
  const seeds = [...ours.keys()].filter((seed) => theirs.has(seed));
  if (seeds.length === 0) return null;
  const both = seeds.map((seed) => ({ own: ours.get(seed) ?? 0, other: theirs.get(seed) ?? 0 }));
  const difference = mean(both.map((pair) => pair.own - pair.other));
  const variance = (accuracy: number): number => (accuracy * (1 - accuracy)) / samples;
  const error = Math.sqrt(mean(both.map((pair) => variance(pair.own) + variance(pair.other))));
  const points = `${Math.abs(100 * difference).toFixed(2)} points`;
  const which = seeds.length === 1 ? `seed ${String(seeds[0])}` : `seeds ${seeds.join(', ')}`;
  return `${points} ${difference < 0 ? 'less' : 'more'} than ${names[other]} (${which}; standard error ${(100 * error).toFixed(2)})`;
}

function section(task: Task, minutes: number, results: readonly Result[]): string {
  const { sramBytes, flashBytes } = limitsFor(task);
  const sorted = [...results].sort((a, b) => ARMS.indexOf(a.arm) - ARMS.indexOf(b.arm) || a.seed - b.seed);
  const margins = ARMS.filter((arm) => arm !== 'ours').flatMap((arm) => margin(results, arm) ?? []);
  const limits = `${kB(sramBytes)} kB of SRAM, ${kB(flashBytes)} kB of Flash, ${(task.cycles / 1e6).toFixed(1)} Mcycles`;
  const notes = sorted.flatMap(({ arm, seed, note, speed }) => {
    const measuredAt = speed && `at a speed of ${speed.before.toFixed(2)}, ${speed.after.toFixed(2)} after it`;
    const said = [note, measuredAt].filter((each) => each !== undefined && each !== '');
    return said.length === 0 ? [] : [`${names[arm]}, seed ${seed}: ${said.join('; ')}.`];
  });
  return [
    `## ${task.title}, ${minutes} minutes on two cores`,
    `What \`${task.limitsOf}\` leaves to a model: ${limits}.`,
    `${HEAD}\n${sorted.map(row).join('\n')}`,
    ...(margins.length === 0 ? [] : [`The search in int8: ${margins.join('; ')}.`]),
    ...(notes.length === 0 ? [] : [notes.map((note) => `- ${note}`).join('\n')]),
  ].join('\n\n');
}

const INTRODUCTION = `# The search against networks that were not searched for

Made by \`npm run bench:search\` (\`--table\` writes this file from the results in \`test/bench/results/search\`).

Every arm has the same limits and the same minutes. The minutes are computing time: so many minutes of two cores, counted
over all threads of the process, so that other work on the machine changes nothing. They are minutes at one speed, that of
the machine of the first arms: before an arm is measured elsewhere the networks of those are trained for a pass each, and a
core that takes longer than it took then counts as less than one (a note says at what speed). The search's minutes hold all of it:
the choice of the space, the supernet, evolution, the last training. The other networks get all of the minutes for their
training, with the same recipe; choosing them is not counted.

*Mcycles*, *SRAM* and *Flash* are the planner's for a Cortex-M4 (cycles and Flash are estimates). *int8 %* is the reference
interpreter on all test samples; *on the board* is the virtual STM32F405 on the first of them, with the number of its
answers that equal the interpreter's in every byte. *Passes* are those over the training split in the last training.
The *standard error* of a difference is what so many test samples leave to chance; chance in training comes on top.
`;

export function writeTable(results: readonly Result[]): string {
  const sections = TASKS.flatMap((task) => {
    const own = results.filter((result) => result.task === task.id);
    const lengths = [...new Set(own.map(({ minutes }) => minutes))].sort((a, b) => b - a);
    return lengths.map((minutes) =>
      section(
        task,
        minutes,
        own.filter((result) => result.minutes === minutes),
      ),
    );
  });
  writeFileSync(file, `${INTRODUCTION}\n${sections.join('\n\n')}\n`);
  return file;
}
