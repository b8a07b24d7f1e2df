/** The arms of the benchmark: the search as users have it, and networks that were not searched for, trained as long. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BudgetClock } from '../../../main/processes/index.ts';
import type { Report, TrainParams } from '../../../main/contract/index.ts';
import { findBoard } from '../../../main/boards/index.ts';
import { readArchitecture, type Architecture } from '../../../main/core/architecture/index.ts';
import { brokenLimits, toArchitecture } from '../../../main/core/nas/index.ts';
import type { Dataset } from '../../../main/datasets/index.ts';
import { doJob, runJob } from '../../../main/studio/index.ts';
import type { Trip } from '../../../main/studio/jobs/index.ts';
import { affordableMacs } from '../../../main/studio/pipeline/architectureStep.ts';
import { engineCore } from '../../../main/studio/pipeline/compile.ts';
import { takeDataset } from '../../../main/studio/pipeline/datasetStep.ts';
import { measureTrained } from '../../../main/studio/pipeline/measureTrained.ts';
import { reportStep } from '../../../main/studio/pipeline/reportStep.ts';
import { SEARCHED } from '../../../main/studio/pipeline/searchRun.ts';
import { divideMinutes } from '../../../main/studio/pipeline/searchBudget.ts';
import { spaceStep } from '../../../main/studio/pipeline/spaceStep.ts';
import { trainingData, trainStep } from '../../../main/studio/pipeline/trainStep.ts';
import { costModelOf, costOf } from '../../../main/studio/search/costs.ts';
import { trainNetwork } from '../../../main/studio/training/index.ts';
import { handMade, randomGenotype, scaledMobileNets, type Judge } from './baselines.ts';
import { resNet8 } from './resNet8.ts';
import { ARMS, type ArmName } from './result.ts';
import { limitsFor, VIRTUAL_BOARD, type Task } from './tasks.ts';
import { CORES } from './yardstick.ts';

/** Test samples that run on the virtual board. */
const ON_THE_BOARD = 2000;

export interface ArmWish {
  readonly task: Task;
  readonly arm: ArmName;
  readonly seed: number;
  readonly minutes: number;
  /** What the minutes are counted in. */
  readonly clock: BudgetClock;
  /** The arm's own folder: its run, and what it has tried. */
  readonly folder: string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface ArmOutcome {
  readonly report: Report;
  readonly note: string;
}

export function judgeFor(task: Task): Judge {
  const limits = limitsFor(task);
  const board = findBoard(VIRTUAL_BOARD);
  return { limits, model: costModelOf(board, engineCore(board), limits) };
}

/** The arms that stand beside each other for a task; published networks are compared on CIFAR-10 alone. */
export const armsOf = ({ id }: Task): readonly ArmName[] => (id === 'cifar10' ? ARMS : ['ours', 'handmade']);

/** Does one arm, or goes on with it. */
export async function doArm(wish: ArmWish): Promise<ArmOutcome> {
  const { task, seed, minutes, clock, arm } = wish;
  const common = { dataset: task.dataset, boardId: VIRTUAL_BOARD, minutes, seed, workers: CORES };
  const out = join(wish.folder, 'run');
  const told = { out, signal: wish.signal, clock, onEvent: tellTo(wish.say) };
  const reportOf = (): Report => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  if (arm === 'ours') {
    const { sramBytes, flashBytes, latencyMs } = limitsFor(task);
    const limits = { sramBytes, flashBytes, latencyMs };
    await runJob(doJob, { kind: 'search', ...common, ...limits, calibrate: false, evaluateLimit: ON_THE_BOARD }, told);
    return { report: reportOf(), note: '' };
  }
  let note = '';
  const params: TrainParams = { kind: 'train', ...common, evaluateLimit: ON_THE_BOARD };
  const work = (_: unknown, trip: Trip): Promise<Report> =>
    trip.go([], async () => {
      const chosen = await choose(wish, trip);
      note = chosen.note;
      const { architecture, dataset } = chosen;
      writeFileSync(join(wish.folder, 'architecture.json'), JSON.stringify(architecture));
      const length = { minutes };
      const trained = await trainStep(trip, dataset, architecture, { length, seed, workers: CORES });
      const measured = { boardId: VIRTUAL_BOARD, workers: CORES, seed, evaluateLimit: ON_THE_BOARD };
      return reportStep(trip, await measureTrained(trip, dataset, architecture, trained, measured));
    });
  await runJob(work, params, told);
  return { report: reportOf(), note };
}

interface Chosen {
  readonly architecture: Architecture;
  readonly dataset: Dataset;
  readonly note: string;
}

/** The network of an arm that does not search. What choosing it takes does not count against its minutes. */
async function choose(wish: ArmWish, trip: Trip): Promise<Chosen> {
  const { task, arm, seed } = wish;
  const judge = judgeFor(task);
  const dataset = await takeDataset(trip, task.dataset);
  const classes = dataset.classes.length;
  switch (arm) {
    case 'handmade':
      return { architecture: handMade(dataset.shape, classes, judge), dataset, note: 'the widest that fits' };
    case 'resnet8':
      return { architecture: resNet8(dataset.shape, classes), dataset, note: whereItBreaks(dataset, judge) };
    case 'mobilenetv2':
      return bestMobileNet(wish, trip, dataset);
    case 'random': {
      const { limits, model } = judge;
      const budget = divideMinutes(wish.minutes);
      const mostMacs = affordableMacs(dataset, budget.train, CORES, SEARCHED);
      const space = {
        file: undefined,
        targets: [{ limits, model }],
        mostMacs,
        minutes: budget.space,
        seed,
        workers: CORES,
      };
      const { chosen } = await spaceStep(trip, dataset, space);
      const architecture = toArchitecture(chosen, randomGenotype(chosen, seed, judge));
      const { input } = architecture;
      const same = input.height === dataset.shape.height && input.width === dataset.shape.width;
      const resized = same ? dataset : await takeDataset(trip, task.dataset, input);
      return { architecture, dataset: resized, note: `of the space ${chosen.name}` };
    }
    case 'ours':
      throw new Error('the search chooses for itself');
  }
}

/** Which limits ResNet8 does not keep: it is as published, and not made for them. */
function whereItBreaks({ shape, classes }: Dataset, { model, limits }: Judge): string {
  const broken = brokenLimits(costOf(resNet8(shape, classes.length), model), limits);
  if (broken.length === 0) return 'as published, with ReLU6; it keeps the limits';
  const words = { sramBytes: 'SRAM', flashBytes: 'Flash', latencyMs: 'cycles', energyMicrojoules: 'energy' } as const;
  const said = broken.map(({ limit, factor }) => `${factor.toFixed(2)} times the ${words[limit]}`);
  return `as published, with ReLU6; it does not keep the limits: ${said.join(', ')}`;
}

/** Sides to which pictures are scaled for MobileNetV2; its published ones begin at 96. */
const SIDES = [32, 48, 64, 80, 96, 128, 160];
/** Each candidate is tried for this part of the arm's minutes. */
const TRIAL = 0.05;

/**
 * The widest MobileNetV2 at each resolution is trained for a short time; the one with the best validation accuracy is
 * the baseline, and gets the whole budget after that.
 */
async function bestMobileNet(wish: ArmWish, trip: Trip, dataset: Dataset): Promise<Chosen> {
  const { task, seed, minutes, clock } = wish;
  const own = dataset.shape;
  const sides = task.resizable ? SIDES : [];
  const shapes = [
    own,
    ...sides.filter((side) => side !== own.height).map((side) => ({ ...own, height: side, width: side })),
  ];
  const candidates = scaledMobileNets(shapes, dataset.classes.length, judgeFor(task));
  const tried: { architecture: Architecture; accuracy: number }[] = [];
  const take = (architecture: Architecture): Promise<Dataset> => takeDataset(trip, task.dataset, architecture.input);
  for (const architecture of candidates) {
    const file = join(wish.folder, `trial-${architecture.name}.json`);
    const accuracy = await once(file, async () => {
      const options = { architecture, seed, workers: CORES, length: { minutes: TRIAL * minutes }, clock };
      const { history } = await trainNetwork({ ...options, data: trainingData(await take(architecture)) });
      return history.at(-1)?.validationAccuracy ?? 0;
    });
    wish.say(`${architecture.name}: ${(100 * accuracy).toFixed(1)} % after ${TRIAL * minutes} minutes`);
    tried.push({ architecture, accuracy });
  }
  const [first, ...others] = tried;
  if (first === undefined) throw new Error('no MobileNetV2 keeps the limits');
  const best = others.reduce((a, b) => (b.accuracy > a.accuracy ? b : a), first);
  const note = tried
    .map(({ architecture, accuracy }) => `${architecture.name} ${(100 * accuracy).toFixed(1)} %`)
    .join(', ');
  return { ...best, dataset: await take(best.architecture), note: `best of ${tried.length} trials: ${note}` };
}

/** A number that is worked out once and kept. */
async function once(file: string, work: () => Promise<number>): Promise<number> {
  if (existsSync(file)) return Number(readFileSync(file, 'utf8'));
  const value = await work();
  writeFileSync(file, JSON.stringify(value));
  return value;
}

/** The network that an arm ended with. */
export function architectureOf(folder: string, report: Report): Architecture {
  const kept = join(folder, 'architecture.json');
  if (existsSync(kept)) return readArchitecture(JSON.parse(readFileSync(kept, 'utf8')));
  const file = join(folder, 'run', 'architecture.json');
  if (!existsSync(file)) throw new Error(`${report.runId} left no architecture`);
  return readArchitecture(JSON.parse(readFileSync(file, 'utf8')));
}

const tellTo =
  (say: (line: string) => void) =>
  (event: { type: string; line?: { message: string } }): void => {
    if (event.type === 'log' && event.line !== undefined) say(event.line.message);
  };
