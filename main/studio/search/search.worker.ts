import { parentPort, workerData } from 'node:worker_threads';
import { toErrorReport } from '../../contract/index.ts';
import { architectureCost, type Architecture } from '../../core/architecture/index.ts';
import {
  judgeSubnet,
  measureSpace,
  ProxyJudge,
  SubnetRunner,
  supernetLayout,
  toArchitecture,
  type SpaceDistribution,
  type Verdict,
} from '../../core/nas/index.ts';
import { createRandom } from '../../core/random/index.ts';
import { budgetNow } from '../../processes/index.ts';
import { verdictOf } from './costs.ts';
import type {
  JudgeAnswer,
  JudgeRequest,
  JudgeTask,
  SearchTask,
  SpaceAnswer,
  SpacesTask,
  SupernetMessage,
} from './messages.ts';
import { SupernetSitting } from './supernetSitting.ts';
import { loadBackend, type FailureMessage } from '../training/index.ts';

/** Networks that each space gets to show, however little time there is. */
const LEAST_SAMPLES = 4;

/** Samples one space until it has shown enough networks, or its time is over. */
function sampleSpace(
  { spaces, model, limits, mostMacs, samples, sampled, secondsEach, clock, seed }: SpacesTask,
  index: number,
): SpaceDistribution {
  const space = spaces[index];
  const random = createRandom(seed).fork(`space ${space.name}`);
  const exactly = sampled?.[index];
  const until = budgetNow(clock) + 1000 * secondsEach;
  const judge = (architecture: Architecture): Verdict => {
    // Weights alone may be too many: then nobody needs to plan.
    const { macs, modelBytes } = architectureCost(architecture);
    if (macs > mostMacs || modelBytes > (limits.flashBytes ?? Infinity)) return { fits: false, macs };
    return verdictOf(architecture, model, limits);
  };
  const enough = (done: number): boolean => done >= LEAST_SAMPLES && budgetNow(clock) > until;
  return measureSpace(space, exactly ?? samples, judge, random, exactly === undefined ? enough : undefined);
}

const tell = (message: SpaceAnswer | JudgeAnswer | SupernetMessage | FailureMessage): void =>
  parentPort?.postMessage(message);

/** An error would lose its code and remedy on its way between threads. */
async function orTell(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tell({ kind: 'failed', report: toErrorReport(error) });
  }
}

/** Samples spaces until all are taken. */
function sampleSpaces(task: SpacesTask): void {
  const next = new Int32Array(task.next);
  for (let index = Atomics.add(next, 0, 1); index < task.spaces.length; index = Atomics.add(next, 0, 1)) {
    tell({ kind: 'measured', index, distribution: sampleSpace(task, index) });
  }
}

/** Judges candidates as they are asked about. What fails is the answer to a question, so that somebody hears it. */
function judge({ space, weights, calibration, validation, batch, seed }: JudgeTask): void {
  const prepare = async (): Promise<(request: JudgeRequest) => number> => {
    const backend = await loadBackend('wasm');
    const runner = new SubnetRunner(backend, supernetLayout(space), batch);
    const proxies = new ProxyJudge(backend, { ...validation, count: Math.min(batch, validation.labels.length) }, seed);
    return ({ genotype, by }) =>
      'proxy' in by
        ? proxies.score(toArchitecture(space, genotype), by.proxy)
        : judgeSubnet(runner, weights, genotype, calibration, validation, by.samples);
  };
  let prepared: ReturnType<typeof prepare> | undefined;
  parentPort?.on('message', (request: JudgeRequest) => {
    void orTell(async () => tell({ kind: 'judged', value: (await (prepared ??= prepare()))(request) }));
  });
}

/** A worker thread's entry: samples spaces, takes its share of a supernet's training, or judges candidates. */
const task = workerData as SearchTask;
await orTell(async () => {
  if (task.kind === 'spaces') sampleSpaces(task);
  else if (task.kind === 'judge') judge(task);
  else new SupernetSitting(task, await loadBackend('wasm'), tell).run();
});
