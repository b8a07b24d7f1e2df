/**
 * `npm run bench:search`: what the search's network is worth beside networks that nobody searched for, at the same limits
 * and with the same minutes (docs/search.md says how they are counted).
 *
 *   npm run bench:search -- --arm ours|random|mobilenetv2|resnet8|handmade [--seed 1] [--dataset cifar10|digits|clothing]
 *                           [--minutes 20] [--work FOLDER]      one arm; it resumes where it was stopped
 *   npm run bench:search -- --all [--seeds 1,2] …               all arms that have no result yet, one after the other
 *   npm run bench:search -- --table                             docs/search.md from all results
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { architectureCost } from '../../main/core/architecture/index.ts';
import { fits } from '../../main/core/nas/index.ts';
import { costOf } from '../../main/studio/search/costs.ts';
import { architectureOf, armsOf, doArm, judgeFor, type ArmWish } from './search/arms.ts';
import { int8OnTest } from './search/int8.ts';
import { allResults, ARMS, hasResult, keepResult, type ArmName, type Result } from './search/result.ts';
import { writeTable } from './search/table.ts';
import { TASKS, VIRTUAL_BOARD, type Task } from './search/tasks.ts';
import { clockAt, speedNow } from './search/yardstick.ts';

const { values } = parseArgs({
  options: {
    arm: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1,2' },
    dataset: { type: 'string', default: 'cifar10' },
    minutes: { type: 'string' },
    work: { type: 'string', default: join(import.meta.dirname, '../../.cache/bench-search') },
    all: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
  },
});

// A workspace of its own: a latency table that was measured into the user's would change what an arm goes by.
process.env['MCUNET_WORKSPACE'] = join(values.work, 'workspace');
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

function taskAsked(): Task {
  const task = TASKS.find(({ id }) => id === values.dataset);
  if (task === undefined) throw new Error(`--dataset is one of ${TASKS.map(({ id }) => id).join(', ')}`);
  return task;
}

async function one(arm: ArmName, seed: number): Promise<void> {
  const task = taskAsked();
  const minutes = Number(values.minutes ?? task.minutes);
  const name = `${task.id}-${minutes}min-${arm}-seed${seed}`;
  if (hasResult({ task: task.id, arm, seed, minutes })) {
    console.log(`${name}: there is a result already`);
    return;
  }
  const folder = join(values.work, name);
  mkdirSync(folder, { recursive: true });
  const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${name}: ${line}`);
  const speed = async (): Promise<number> => {
    const now = await speedNow(join(values.work, 'yardstick'), stop.signal);
    say(`this machine trains at ${now.toFixed(3)} of the speed that minutes are counted at`);
    return now;
  };
  const before = await speed();
  const wish: ArmWish = { task, arm, seed, minutes, clock: clockAt(before), folder, say, signal: stop.signal };
  const { report, note } = await doArm(wish);
  const after = await speed();
  const architecture = architectureOf(folder, report);
  const { limits, model } = judgeFor(task);
  const cost = costOf(architecture, model);
  const int8 = await int8OnTest(join(folder, 'run', 'quantized.tflite'), task.dataset, architecture.input);
  const { training, evaluation, search } = report;
  if (training === null || evaluation === null) throw new Error('the run did not train and evaluate');
  const result: Result = {
    task: task.id,
    arm,
    seed,
    minutes,
    architecture: architecture.name,
    input: `${architecture.input.height}×${architecture.input.width}×${architecture.input.channels}`,
    macs: architectureCost(architecture).macs,
    parameters: architectureCost(architecture).parameters,
    cycles: (cost.latencyMs * model.clockHz) / 1000,
    sramBytes: cost.sramBytes,
    flashBytes: cost.flashBytes,
    keepsLimits: fits(cost, limits),
    seconds: { ...search?.seconds, train: training.elapsedMs / 1000 },
    epochs: training.epochs,
    floatAccuracy: training.floatAccuracy ?? 0,
    int8,
    board: {
      id: VIRTUAL_BOARD,
      samples: evaluation.samples,
      accuracy: evaluation.accuracy,
      equal: evaluation.agreement.equal,
    },
    speed: { before, after },
    promised: search?.promised.accuracy ?? null,
    note,
    environment: report.environment,
  };
  say(`${(100 * int8.accuracy).toFixed(2)} % in int8, kept as ${keepResult(result)}`);
}

if (values.all) {
  for (const seed of values.seeds.split(',').map(Number)) for (const arm of armsOf(taskAsked())) await one(arm, seed);
} else if (values.arm !== undefined) {
  const arm = ARMS.find((name) => name === values.arm);
  if (arm === undefined) throw new Error(`--arm is one of ${ARMS.join(', ')}`);
  await one(arm, Number(values.seed));
} else if (!values.table) {
  throw new Error('say --arm NAME, --all or --table');
}
console.log(`wrote ${writeTable(allResults())}`);
