import { parentPort, workerData } from 'node:worker_threads';
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
import type { JudgeAnswer, JudgeRequest, SearchTask, SpaceAnswer, SpacesTask } from './messages.ts';
import { SupernetSitting } from './supernetSitting.ts';
import { loadBackend } from '../training/index.ts';

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

/** A worker thread's entry: takes its share of a supernet's training, or judges candidates as they are asked about. */
const task = workerData as SearchTask;
const backend = await loadBackend('wasm');
if (task.kind === 'supernet') {
  new SupernetSitting(task, backend, (message) => parentPort?.postMessage(message)).run();
} else if (task.kind === 'spaces') {
  const next = new Int32Array(task.next);
  for (let index = Atomics.add(next, 0, 1); index < task.spaces.length; index = Atomics.add(next, 0, 1)) {
    parentPort?.postMessage({ index, distribution: sampleSpace(task, index) } satisfies SpaceAnswer);
  }
} else {
  const runner = new SubnetRunner(backend, supernetLayout(task.space), task.batch);
  const { space, weights, calibration, validation, batch, seed } = task;
  const proxies = new ProxyJudge(backend, { ...validation, count: Math.min(batch, validation.labels.length) }, seed);
  parentPort?.on('message', ({ genotype, by }: JudgeRequest) => {
    const value =
      'proxy' in by
        ? proxies.score(toArchitecture(space, genotype), by.proxy)
        : judgeSubnet(runner, weights, genotype, calibration, validation, by.samples);
    parentPort?.postMessage({ value } satisfies JudgeAnswer);
  });
}
