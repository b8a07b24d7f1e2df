/**
 * `npm run bench:gains`: what a teacher and what training with rounding bring, each beside the same training without it.
 * CIFAR-10 at 24 pixels, 12,000 training samples, networks of one to two million multiply-accumulates. About ten minutes
 * of one core; it resumes where it was stopped, and writes docs/gains.md.
 *
 *   npm run bench:gains [-- --seeds 1,2] [--table]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  architectureCost,
  defaultArchitecture,
  type Architecture,
  type InvertedResidual,
} from '../../main/core/architecture/index.ts';
import { sampleBytes, type LabelledSamples, type Network } from '../../main/core/training/index.ts';
import { openDataset } from '../../main/datasets/index.ts';
import { quantize } from '../../main/studio/quantization/index.ts';
import { evaluateNetwork, trainNetwork, type Teacher } from '../../main/studio/training/index.ts';
import { withWildChannels } from '../support/wildChannels.ts';
import { int8Of } from './search/int8.ts';

const root = join(import.meta.dirname, '../..');
const SIZE = 24;
const TRAINING_SAMPLES = 12_000;
const TEST_SAMPLES = 3000;
const CALIBRATION_SAMPLES = 256;
const PASSES = 8;
/** As `roundingStep.ts` has them. */
const FURTHER = { passes: 3, learningRate: 0.02 };
const TEACHER = { macs: 4e6, passes: 10, weight: 0.5 };
const STUDENTS = [1.1e6, 1.5e6, 2.2e6];
/** Channels of the first block's output that are so many times as large: one scale for the tensor leaves the others few steps. */
const WILD = { channels: [0, 5], factor: 64 };
const WORKERS = 2;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2' },
    work: { type: 'string', default: join(root, '.cache/bench-gains') },
    table: { type: 'boolean', default: false },
  },
});
const seeds = values.seeds.split(',').map(Number);
const results = join(import.meta.dirname, 'results/gains.json');
/** Accuracies by what they are of; a training that is in here is not done again. */
const known: Record<string, number> = existsSync(results)
  ? (JSON.parse(readFileSync(results, 'utf8')) as Record<string, number>)
  : {};

const dataset = await openDataset(`${join(root, '../shared/data/cifar10-jpg.zip')}?size=${SIZE}`, {
  cacheDir: join(values.work, 'datasets'),
});
const bytesEach = sampleBytes(dataset.shape);
const first = ({ samples, labels }: LabelledSamples, count: number): LabelledSamples => ({
  samples: samples.slice(0, count * bytesEach),
  labels: labels.slice(0, count),
});
const train = first(dataset.train, TRAINING_SAMPLES);
const test = first(dataset.test, TEST_SAMPLES);
const data = { ...dataset, train };
const calibration = train.samples.subarray(0, CALIBRATION_SAMPLES * bytesEach);

const networkOf = (macs: number): Architecture => defaultArchitecture(dataset.shape, dataset.classes.length, { macs });

/** One whose first block's output is read by the next block alone, so that its channels can be made wild. */
function studentOf(macs: number): Architecture {
  const architecture = networkOf(macs);
  const [first, ...others] = architecture.blocks;
  return { ...architecture, blocks: [{ ...(first as InvertedResidual), residual: false }, ...others] };
}

/** Weights are kept in the work folder, so that a bench that was stopped goes on. */
async function weightsOf(name: string, make: () => Promise<Network>): Promise<Network['weights']> {
  const file = join(values.work, `${name}.f32`);
  if (existsSync(file)) return new Float32Array(new Uint8Array(readFileSync(file)).buffer);
  const { weights } = await make();
  writeFileSync(file, new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength));
  return weights;
}

async function accuracyOf(name: string, find: () => Promise<number>): Promise<number> {
  const accuracy = known[name] ?? (await find());
  known[name] = accuracy;
  mkdirSync(join(results, '..'), { recursive: true });
  writeFileSync(results, `${JSON.stringify(known, null, 1)}\n`);
  console.log(`${name}: ${(100 * accuracy).toFixed(2)} %`);
  return accuracy;
}

const floatAccuracy = async (network: Network): Promise<number> =>
  (await evaluateNetwork(network, test, { workers: WORKERS })).accuracy;

async function int8Accuracy(network: Network): Promise<number> {
  const { file } = await quantize({ network, calibration }, new AbortController().signal);
  return (await int8Of(file, dataset.shape, test)).accuracy;
}

async function teacherFor(seed: number): Promise<Teacher> {
  const architecture = networkOf(TEACHER.macs);
  const length = { epochs: TEACHER.passes };
  const weights = await weightsOf(`teacher-${seed}`, async () => {
    const { network } = await trainNetwork({ architecture, data, length, seed, workers: WORKERS });
    return network;
  });
  const { accuracy } = await evaluateNetwork({ architecture, weights }, dataset.validation, { workers: WORKERS });
  await accuracyOf(`teacher, seed ${seed}`, () => floatAccuracy({ architecture, weights }));
  return { architecture, weights, accuracy, weight: TEACHER.weight };
}

/** One network: alone, with a teacher; then with wild channels in int8, trained on without and with rounding. */
async function compare(macs: number, seed: number): Promise<void> {
  const architecture = studentOf(macs);
  const name = `${macs}-${seed}`;
  const common = { architecture, data, seed, workers: WORKERS };
  const named = (what: string): string => `${what}, ${architecture.name}, seed ${seed}`;
  if ([...KINDS].every((kind) => known[named(kind)] !== undefined)) return;
  const length = { epochs: PASSES };
  const weights = await weightsOf(`alone-${name}`, async () => (await trainNetwork({ ...common, length })).network);
  const taught = await weightsOf(`taught-${name}`, async () => {
    const { network } = await trainNetwork({ ...common, length, teacher: await teacherFor(seed) });
    return network;
  });
  const alone = { architecture, weights };
  await accuracyOf(named('alone'), () => floatAccuracy(alone));
  await accuracyOf(named('taught'), () => floatAccuracy({ architecture, weights: taught }));
  await accuracyOf(named('int8'), () => int8Accuracy(alone));
  const wild = withWildChannels(alone, WILD.channels, WILD.factor);
  await accuracyOf(named('wild int8'), () => int8Accuracy(wild));
  const { rounding } = await quantize({ network: wild, calibration }, new AbortController().signal);
  const on = {
    ...common,
    length: { epochs: FURTHER.passes },
    recipe: { learningRate: FURTHER.learningRate },
    initial: wild.weights,
  };
  const plain = await weightsOf(`on-${name}`, async () => (await trainNetwork(on)).network);
  const rounded = await weightsOf(`rounded-${name}`, async () => (await trainNetwork({ ...on, rounding })).network);
  await accuracyOf(named('wild int8 on'), () => int8Accuracy({ architecture, weights: plain }));
  await accuracyOf(named('wild int8 rounded'), () => int8Accuracy({ architecture, weights: rounded }));
}

const KINDS = ['alone', 'taught', 'int8', 'wild int8', 'wild int8 on', 'wild int8 rounded'] as const;

function writeTable(): string {
  const percent = (value: number | undefined): string => (value === undefined ? '–' : (100 * value).toFixed(2));
  const points = (a: number | undefined, b: number | undefined): string =>
    a === undefined || b === undefined ? '–' : `${a >= b ? '+' : '−'}${Math.abs(100 * (a - b)).toFixed(2)}`;
  const gains: { taught: number; rounded: number }[] = [];
  const rows = STUDENTS.flatMap((macs) =>
    seeds.map((seed) => {
      const architecture = studentOf(macs);
      const of = (kind: (typeof KINDS)[number]): number | undefined =>
        known[`${kind}, ${architecture.name}, seed ${seed}`];
      const [alone, taught, int8, wild, on, rounded] = KINDS.map(of);
      if ([alone, taught, on, rounded].every((value) => value !== undefined))
        gains.push({ taught: (taught ?? 0) - (alone ?? 0), rounded: (rounded ?? 0) - (on ?? 0) });
      const size = (architectureCost(architecture).macs / 1e6).toFixed(2);
      const cells = [size, seed, percent(alone), percent(taught), points(taught, alone), percent(int8), percent(wild)];
      return `| ${[...cells, percent(on), percent(rounded), points(rounded, on)].join(' | ')} |`;
    }),
  );
  const mean = (of: (gain: (typeof gains)[number]) => number): string =>
    points(gains.reduce((sum, gain) => sum + of(gain), 0) / Math.max(1, gains.length), 0);
  const teachers = seeds.map((seed) => percent(known[`teacher, seed ${seed}`])).join(', ');
  const file = join(root, 'docs/gains.md');
  writeFileSync(
    file,
    `# What a teacher and training with rounding bring

Made by \`npm run bench:gains\`. CIFAR-10 at ${SIZE} pixels, ${TRAINING_SAMPLES} training samples, ${PASSES} passes; accuracies in percent of ${TEST_SAMPLES}
test samples. *Taught*: the same training, but half of the loss is a teacher's (${(architectureCost(networkOf(TEACHER.macs)).macs / 1e6).toFixed(1)} MMACs, ${TEACHER.passes} passes, ${teachers} % for the seeds).

*int8*: after training alone, by the reference interpreter. Ordinary networks lose next to nothing there, and then nothing is done
about it. So that there is something to be brought back, two channels of the first block's output are made ${WILD.factor} times as large and
what reads them as many times less sensitive: the same function in float, hard to round (*wild*). Then ${FURTHER.passes} further passes from
those weights, *without* and *with rounding* as the int8 model rounds: the difference is what rounding brings, and not what
longer training does.

| MMACs | seed | alone | taught | gain | int8 | wild, int8 | further, without rounding, int8 | further, with rounding, int8 | gain |
|---|---|---|---|---|---|---|---|---|---|
${rows.join('\n')}

Mean gain: ${mean(({ taught }) => taught)} points by the teacher, ${mean(({ rounded }) => rounded)} points by rounding.
`,
  );
  return file;
}

if (!values.table) {
  mkdirSync(values.work, { recursive: true });
  for (const seed of seeds) for (const macs of STUDENTS) await compare(macs, seed);
}
console.log(`wrote ${writeTable()}`);
process.exit(0);
