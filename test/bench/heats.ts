/**
 * `npm run bench:heats`: what can be known of a network before its training, for the heats of a short search. Networks of the
 * space that CIFAR-10 gets at the benchmark's limits (test/bench/search) are trained alone, half a pass and two passes: drawn
 * evenly, and chosen by their shape. A quarter of an hour of two idle cores; it resumes where it was
 * stopped, and writes docs/heats.md.
 *
 *   npm run bench:heats [-- --networks 22] [--shaped 12] [--work FOLDER] [--table]
 */
import { availableParallelism } from 'node:os';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { architectureCost, type Architecture } from '../../main/core/architecture/index.ts';
import {
  capacityOf,
  fits,
  kendallTau,
  sampleGenotype,
  spaceFor,
  toArchitecture,
  type Genotype,
} from '../../main/core/nas/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import type { TrainingHistory } from '../../main/core/training/index.ts';
import { openDataset } from '../../main/datasets/index.ts';
import { LEAST_OF_MOST } from '../../main/studio/pipeline/supernetPlan.ts';
import { trainingData } from '../../main/studio/pipeline/trainStep.ts';
import { costOf } from '../../main/studio/search/costs.ts';
import { allowRelaxedSimd, evaluateNetwork, trainNetwork } from '../../main/studio/training/index.ts';
import { judgeFor } from './search/arms.ts';
import { randomGenotype } from './search/baselines.ts';
import { TASKS } from './search/tasks.ts';

const root = join(import.meta.dirname, '../..');
const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: '22' },
    shaped: { type: 'string', default: '8' },
    work: { type: 'string', default: join(root, '.cache/bench-heats') },
    table: { type: 'boolean', default: false },
  },
});

/** Passes over the training split: about those of a first round of heats in twenty minutes, and those that are to be foretold. */
const SHORT = 0.5;
const LONG = 2;
/** Fitting networks among which the shape chooses, as many as a search draws. */
const SHAPED_OF = 200;

const networkSchema = z.object({
  chosen: z.enum(['evenly', 'by shape']),
  seed: z.int(),
  name: z.string(),
  macs: z.number(),
  parameters: z.number(),
  capacity: z.number(),
  widthGrowth: z.number(),
  blocks: z.int(),
  short: z.number(),
  /** Mean loss of all steps of the short training; not known of networks that were trained before it was asked for. */
  shortLoss: z.number().optional(),
  long: z.number(),
});
type Network = z.infer<typeof networkSchema>;

const task = TASKS[0];
const judge = judgeFor(task);
const space = spaceFor({ height: 32, width: 32, channels: 3 }, 0.8, task.classes);
const file = join(import.meta.dirname, 'results/heats.json');
const known: Network[] = existsSync(file) ? z.array(networkSchema).parse(JSON.parse(readFileSync(file, 'utf8'))) : [];

/**
 * How much more of their full width a network's later stages have than its first: Σ ln(width of each later stage) −
 * ln(width of the first). Networks that were found good widen from stage to stage (Radosavovic and others, "Designing Network
 * Design Spaces", arXiv 2003.13678), and a wide first stage takes the multiply-accumulates of later ones.
 */
function widthGrowth({ stages }: Genotype): number {
  const [first, ...later] = stages.map(({ width }) => Math.log(width));
  return later.reduce((sum, width) => sum + width, -first);
}

/** Of networks as a search draws them for its heats those whose width grows most. */
function shaped(count: number): Genotype[] {
  const random = createRandom(1).fork('by shape');
  const drawn = Array.from({ length: 4 * SHAPED_OF }, () => sampleGenotype(space, random))
    .map((genotype) => ({ genotype, architecture: toArchitecture(space, genotype) }))
    .filter(({ architecture }) => fits(costOf(architecture, judge.model), judge.limits))
    .map(({ genotype, architecture }) => ({ genotype, capacity: capacityOf(architecture) }));
  const most = Math.max(...drawn.map(({ capacity }) => capacity));
  return drawn
    .filter(({ capacity }) => capacity >= LEAST_OF_MOST * most)
    .map(({ genotype }) => genotype)
    .slice(0, SHAPED_OF)
    .sort((a, b) => widthGrowth(b) - widthGrowth(a))
    .slice(0, count);
}

async function measure(chosen: Network['chosen'], seed: number, genotype: Genotype): Promise<void> {
  if (known.some((network) => network.chosen === chosen && network.seed === seed)) return;
  const architecture = toArchitecture(space, genotype);
  const { macs, parameters } = architectureCost(architecture);
  const network: Network = {
    ...{ chosen, seed, name: architecture.name, macs, parameters, capacity: capacityOf(architecture) },
    ...{ widthGrowth: widthGrowth(genotype), blocks: genotype.stages.reduce((sum, { depth }) => sum + depth, 0) },
    ...(await trainedFor(architecture, SHORT).then(({ accuracy, loss }) => ({ short: accuracy, shortLoss: loss }))),
    long: (await trainedFor(architecture, LONG)).accuracy,
  };
  known.push(networkSchema.parse(network));
  writeFileSync(file, `${JSON.stringify(known, null, 2)}\n`);
  console.log(`${network.name}: ${percent(network.short)} % and ${percent(network.long)} %`);
}

const dataset = values.table
  ? null
  : await openDataset(task.dataset, { shape: space.input, cacheDir: join(values.work, 'datasets') });

async function trainedFor(architecture: Architecture, passes: number): Promise<{ accuracy: number; loss: number }> {
  if (dataset === null) throw new Error('no dataset was opened');
  const workers = Math.min(2, availableParallelism());
  const length = { epochs: passes };
  const data = trainingData(dataset);
  const { network, history } = await trainNetwork({ architecture, data, length, seed: 1, workers });
  const { accuracy } = await evaluateNetwork(network, dataset.test, { workers });
  return { accuracy, loss: meanTrainingLoss(history) };
}

/** The mean loss of all steps of a training. */
function meanTrainingLoss(history: TrainingHistory): number {
  let [sum, from] = [0, 0];
  for (const { epoch, trainingLoss } of history) {
    sum += trainingLoss * (epoch - from);
    from = epoch;
  }
  return sum / from;
}

const percent = (fraction: number): string => (100 * fraction).toFixed(1);
const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  const moment = (x: readonly number[], y: readonly number[], mx: number, my: number): number =>
    x.reduce((sum, each, i) => sum + (each - mx) * (y[i] - my), 0);
  return moment(a, b, meanA, meanB) / Math.sqrt(moment(a, a, meanA, meanA) * moment(b, b, meanB, meanB));
}

function page(): string {
  const evenly = known.filter(({ chosen }) => chosen === 'evenly');
  const byShape = known.filter(({ chosen }) => chosen === 'by shape');
  const long = evenly.map((network) => network.long);
  const signs: readonly [string, (network: Network) => number][] = [
    ['mean training loss of half a pass (lower is better)', ({ shortLoss = NaN }) => -shortLoss],
    ['accuracy after half a pass', (network) => network.short],
    ['width growth: how much wider later stages are than the first', (network) => network.widthGrowth],
    ['capacity: √(multiply-accumulates × parameters)', (network) => network.capacity],
    ['multiply-accumulates', (network) => network.macs],
    ['parameters', (network) => network.parameters],
    ['blocks', (network) => network.blocks],
  ];
  const signRows = signs.map(([name, sign]) => {
    const numbers = evenly.map(sign);
    return `| ${name} | ${correlation(numbers, long).toFixed(2)} | ${kendallTau(numbers, long).toFixed(2)} |`;
  });
  const groupRow = (name: string, group: readonly Network[]): string => {
    const accuracies = group.map((network) => network.long);
    const range = `${percent(Math.min(...accuracies))} to ${percent(Math.max(...accuracies))}`;
    return `| ${name} | ${group.length} | ${percent(meanOf(accuracies))} | ${range} |`;
  };
  const groups = [groupRow('evenly', evenly), ...(byShape.length > 0 ? [groupRow('by shape', byShape)] : [])];
  const rows = [...known]
    .sort((a, b) => b.long - a.long)
    .map(
      ({ chosen, macs, parameters, name, short, long: after }) =>
        `| ${percent(after)} | ${percent(short)} | ${(macs / 1e6).toFixed(2)} | ${Math.round(parameters / 1000)} k | ${chosen} | \`${name.slice(name.indexOf(':') + 1).replaceAll('|', ' / ')}\` |`,
    );
  return `# What can be known of a network before its training

Made by \`npm run bench:heats\`. Networks of the space \`${space.name}\` for CIFAR-10 that keep the limits of docs/search.md, each
trained alone from fresh weights with the default recipe; accuracy on ${10_000} test samples. A search of minutes lets such networks
compete (docs/training.md); this says which to let in, and what the first round tells.

## What foretells accuracy after two passes

Of the ${evenly.length} networks that were drawn evenly. With so few a correlation is uncertain by 0.1 to 0.2. The loss was measured later, in
trainings by one worker, whose accuracies after half a pass have the same correlation (0.68). It is a mean over every step, and so has
less of chance in it than an accuracy at the end (Ru and others, "Speedy Performance Estimation for Neural Architecture Search",
arXiv 2006.04492).

| known before | correlation | Kendall's tau |
|---|---|---|
${signRows.join('\n')}

## Networks that were drawn evenly, and networks chosen by their shape

*By shape*: of ${SHAPED_OF} that fit and have half of the largest capacity those whose width grows most. Their mean is higher, their best is
not: they are more alike. What competes in a search is therefore drawn evenly, and the best of many is what it has.

| chosen | networks | mean % | from … to % |
|---|---|---|---|
${groups.join('\n')}

## All networks

| two passes % | half a pass % | MMACs | parameters | chosen | network |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}

if (!values.table) {
  allowRelaxedSimd();
  for (let seed = 1; seed <= Number(values.networks); seed++)
    await measure('evenly', seed, randomGenotype(space, seed, judge));
  for (const [at, genotype] of shaped(Number(values.shaped)).entries()) await measure('by shape', at + 1, genotype);
}
writeFileSync(join(root, 'docs/heats.md'), page());
console.log('wrote docs/heats.md');
