/**
 * `npm run bench:ranking`: whether inherited weights put networks into the order that they have when each is trained
 * alone. Ten networks of a space for CIFAR-10 at 24 pixels are judged with a supernet's weights, then trained from fresh
 * weights for two dozen passes over 20,000 samples; Kendall's tau compares the two orders, and those of the training-free proxies
 * with that of the networks trained alone. An hour of two cores; it resumes where it was stopped, and writes docs/ranking.md.
 *
 *   npm run bench:ranking [-- --seeds 1,2] [--minutes 15] [--rule planned|sandwich|random] [--table]
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { architectureCost } from '../../main/core/architecture/index.ts';
import {
  genotypeKey,
  kendallTau,
  largestGenotype,
  ProxyJudge,
  PROXIES,
  sampleGenotype,
  smallInputSpace,
  sortChannels,
  supernetLayout,
  toArchitecture,
  type Genotype,
  type Proxy,
} from '../../main/core/nas/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import {
  createWasmBackend,
  defaultRecipe,
  initializeNetwork,
  sampleBytes,
  type LabelledSamples,
} from '../../main/core/training/index.ts';
import { openDataset } from '../../main/datasets/index.ts';
import type { BudgetClock } from '../../main/processes/index.ts';
import { planSupernet } from '../../main/studio/pipeline/supernetPlan.ts';
import { Judges } from '../../main/studio/search/judges.ts';
import { trainSupernet } from '../../main/studio/search/trainSupernet.ts';
import { allowRelaxedSimd, evaluateNetwork, trainNetwork } from '../../main/studio/training/index.ts';

const root = join(import.meta.dirname, '../..');
const data = join(root, '../shared/data/cifar10-jpg.zip');
const SIZE = 24;
/** From a few thousand weights to a hundred thousand: what is to be told apart must differ by more than chance does. */
const WIDTH = 0.4;
const CHOICES = { expansions: [2, 4, 6], stageWidths: [0.25, 0.5, 1] };
const SUBNETS = 10;
/**
 * They stand for so many that were drawn, and for the range of their sizes: that is what a search chooses from. Of most sizes
 * there are some, so that what tells networks apart is more than chance in one training.
 */
const DRAWN_FOR_EACH = 20;
const TRAINING_SAMPLES = 20_000;
/** Enough that a large network is ahead of a small one if it will be in the end: after eight it is not yet. */
const PASSES = 24;
/** Each network is trained alone so many times, from other weights and in another order, for one training has its chance. */
const TRAININGS = 2;
/** What inherited weights are to come to. */
const WANTED_TAU = 0.7;
const OTHER_SEED = 1000;
const WORKERS = 2;
const PROXY_BATCH = 64;
const CLOCK: BudgetClock = { kind: 'cpu', cores: WORKERS };

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2' },
    minutes: { type: 'string', default: '15' },
    rule: { type: 'string', default: 'planned' },
    work: { type: 'string', default: join(root, '.cache/bench-ranking') },
    table: { type: 'boolean', default: false },
  },
});

const resultSchema = z.object({
  seed: z.int(),
  rule: z.string(),
  /** Minutes of two cores for the supernet. */
  minutes: z.number(),
  /** Passes over the training samples for each network alone. */
  passes: z.int(),
  steps: z.int(),
  subnets: z.array(z.object({ key: z.string(), macs: z.number(), inherited: z.number(), alone: z.array(z.number()) })),
});
type Result = z.infer<typeof resultSchema>;

const results = join(import.meta.dirname, 'results/ranking');
const fileOf = (seed: number): string => join(results, `seed${seed}-${values.rule}-${values.minutes}min.json`);

function keep(result: Result): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(fileOf(result.seed), `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`);
}

allowRelaxedSimd();
const dataset = await openDataset(`${data}?size=${SIZE}`, { cacheDir: join(values.work, 'datasets') });
const first = ({ samples, labels }: LabelledSamples, count: number): LabelledSamples => ({
  samples: samples.slice(0, count * sampleBytes(dataset.shape)),
  labels: labels.slice(0, count),
});
const train = first(dataset.train, TRAINING_SAMPLES);
const trainingData = { ...dataset, train };
/** What no training sees: validation and test samples together, so that chance decides less. */
const held: LabelledSamples = {
  samples: new Uint8Array(Buffer.concat([dataset.validation.samples, dataset.test.samples])),
  labels: Uint16Array.from([...dataset.validation.labels, ...dataset.test.labels]),
};
const space = smallInputSpace(dataset.shape, WIDTH, dataset.classes.length, CHOICES);

const drawn = (seed: number): Genotype[] => {
  const random = createRandom(seed).fork('ten networks');
  const pool = Array.from({ length: DRAWN_FOR_EACH * SUBNETS }, () => sampleGenotype(space, random));
  const macsOf = (genotype: Genotype): number => architectureCost(toArchitecture(space, genotype)).macs;
  const bySize = pool.map((genotype) => ({ genotype, macs: macsOf(genotype) })).sort((a, b) => a.macs - b.macs);
  // From the smallest to the largest that were drawn, each as many times as large as the one before; none twice.
  const [least, most] = [bySize[0].macs, bySize[bySize.length - 1].macs];
  return Array.from({ length: SUBNETS }, (_, i) => {
    const wanted = least * (most / least) ** (i / (SUBNETS - 1));
    const off = ({ macs }: { macs: number }): number => Math.abs(Math.log(macs / wanted));
    const nearest = bySize.reduce((best, each, at) => (off(each) < off(bySize[best]) ? at : best), 0);
    return bySize.splice(nearest, 1)[0].genotype;
  });
};

/** Trains a supernet as a search does, and judges the ten networks with its weights. */
async function inherited(seed: number): Promise<Result> {
  const minutes = Number(values.minutes);
  const layout = supernetLayout(space);
  const architecture = toArchitecture(space, largestGenotype(space));
  const planned = planSupernet(
    space,
    train.labels.length,
    WORKERS,
    { largest: minutes / 3, supernet: minutes - minutes / 3 },
    { mostMacs: Infinity, mostCapacity: 0 },
  );
  const choices = {
    planned,
    sandwich: {
      largestMinutes: minutes / 3,
      minutes: (2 * minutes) / 3,
      rule: { random: 1, sandwich: true, distillation: true },
      learningRate: 0.04,
    },
    random: {
      largestMinutes: null,
      minutes,
      rule: { random: 2, sandwich: false, distillation: false },
      learningRate: 0.1,
    },
  };
  const plan = choices[z.enum(['planned', 'sandwich', 'random']).parse(values.rule)];
  let { weights } = initializeNetwork(architecture, createRandom(seed).fork('initial weights'));
  const common = { seed, workers: WORKERS, clock: CLOCK };
  if (plan.largestMinutes !== null) {
    const length = { minutes: plan.largestMinutes };
    weights = (await trainNetwork({ ...common, architecture, data: trainingData, length })).network.weights;
    sortChannels(layout, weights);
  }
  const velocities = new Float32Array(layout.layout.trainable);
  const { learningRate, rule } = plan;
  const state = await trainSupernet({
    ...common,
    space,
    train,
    rule,
    recipe: { ...defaultRecipe(dataset), learningRate },
    length: { minutes: plan.minutes },
    state: { weights, velocities, step: 0, progress: 0, seconds: 0, pace: [] },
  });
  const judges = new Judges(space, state.weights, first(train, 1024).samples, held, WORKERS);
  try {
    const genotypes = drawn(seed);
    const accuracies = await judges.judge(genotypes);
    const subnets = genotypes.map((genotype, i) => ({
      key: genotypeKey(genotype),
      macs: architectureCost(toArchitecture(space, genotype)).macs,
      inherited: accuracies[i],
      alone: [],
    }));
    return { seed, rule: values.rule, minutes, passes: PASSES, steps: state.step, subnets };
  } finally {
    await judges.close();
  }
}

async function rank(seed: number): Promise<void> {
  const began = existsSync(fileOf(seed)) ? resultSchema.parse(JSON.parse(readFileSync(fileOf(seed), 'utf8'))) : null;
  let result = began ?? (await inherited(seed));
  keep(result);
  for (const [i, genotype] of drawn(seed).entries()) {
    let alone = aloneBefore(seed, genotypeKey(genotype)) ?? [];
    const know = (accuracies: readonly number[]): void => {
      alone = accuracies;
      const subnets = result.subnets.map((subnet, at) => (at === i ? { ...subnet, alone: [...accuracies] } : subnet));
      result = { ...result, subnets };
      keep(result);
    };
    know(alone);
    while (alone.length < TRAININGS) know([...alone, await alonePasses(seed + OTHER_SEED * alone.length, genotype)]);
    const said = alone.map((accuracy) => accuracy.toFixed(3)).join(', ');
    console.log(`seed ${seed}: ${result.subnets[i].inherited.toFixed(3)} inherited, ${said} alone`);
  }
  console.log(`seed ${seed}: tau ${tauOf(result).toFixed(2)}`);
}

/** What another supernet's comparison found out already: the same networks of the same seed. */
function aloneBefore(seed: number, key: string): readonly number[] | undefined {
  const same = allResults().filter((result) => result.seed === seed && result.passes === PASSES);
  const known = same.flatMap(({ subnets }) => subnets.filter((subnet) => subnet.key === key));
  return known.map(({ alone }) => alone).sort((a, b) => b.length - a.length)[0];
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function alonePasses(seed: number, genotype: Genotype): Promise<number> {
  const architecture = toArchitecture(space, genotype);
  const { network } = await trainNetwork({
    ...{ architecture, data: trainingData, seed, workers: WORKERS },
    length: { epochs: PASSES },
  });
  return (await evaluateNetwork(network, held, { workers: WORKERS })).accuracy;
}

/** What each proxy says of the ten networks of a seed, with weights and a batch that the seed decides. */
function proxyTaus({ seed, subnets }: Result): Readonly<Record<Proxy, number>> {
  const { samples, labels } = train;
  const judge = new ProxyJudge(createWasmBackend(), { samples, labels, count: PROXY_BATCH }, seed);
  const alone = subnets.map((subnet) => meanOf(subnet.alone));
  const tauOfProxy = (proxy: Proxy): number =>
    kendallTau(
      drawn(seed).map((genotype) => judge.score(toArchitecture(space, genotype), proxy)),
      alone,
    );
  return {
    computations: tauOfProxy('computations'),
    gradient: tauOfProxy('gradient'),
    saliency: tauOfProxy('saliency'),
  };
}

const tauOf = ({ subnets }: Result): number =>
  kendallTau(
    subnets.map(({ inherited }) => inherited),
    subnets.map(({ alone }) => meanOf(alone)),
  );

function allResults(): Result[] {
  if (!existsSync(results)) return [];
  const files = readdirSync(results).sort();
  return files.map((file) => resultSchema.parse(JSON.parse(readFileSync(join(results, file), 'utf8'))));
}

function writeTable(): string {
  const done = allResults().filter(({ subnets }) => subnets.every(({ alone }) => alone.length === TRAININGS));
  const percent = (fraction: number): string => (100 * fraction).toFixed(1);
  const groups = [...new Set(done.map(({ rule, minutes }) => `${rule}, ${minutes} min`))];
  const meanTaus: number[] = [];
  const means = groups.map((group) => {
    const taus = done.filter(({ rule, minutes }) => `${rule}, ${minutes} min` === group).map(tauOf);
    const mean = meanOf(taus);
    meanTaus.push(mean);
    return `| ${group} | ${taus.map((tau) => tau.toFixed(2)).join(', ')} | **${mean.toFixed(2)}** |`;
  });
  const taus = done.filter(({ rule }) => rule === done[0]?.rule).map(proxyTaus);
  const proxyRows = PROXIES.map((proxy) => {
    const own = taus.map((each) => each[proxy]);
    const mean = meanOf(own);
    return `| ${proxy} | ${own.map((tau) => tau.toFixed(2)).join(', ')} | ${mean.toFixed(2)} |`;
  });
  const sections = done.map((result) => {
    const rows = [...result.subnets]
      .sort((a, b) => meanOf(b.alone) - meanOf(a.alone))
      .map(
        ({ key, macs, inherited, alone }) =>
          `| ${(macs / 1e6).toFixed(2)} | ${percent(inherited)} | ${percent(meanOf(alone))} | ${alone.map(percent).join(', ')} | \`${key.replaceAll('|', ' / ')}\` |`,
      );
    return `## Seed ${result.seed}, ${result.rule}, ${result.minutes} minutes, ${result.steps} steps: tau ${tauOf(result).toFixed(2)}

| MMACs | inherited % | alone % | each | network |
|---|---|---|---|---|
${rows.join('\n')}`;
  });
  const file = join(root, 'docs/ranking.md');
  writeFileSync(
    file,
    `# Inherited weights against networks trained alone

Made by \`npm run bench:ranking\`. CIFAR-10 at ${SIZE} pixels, ${TRAINING_SAMPLES} training samples; ten networks of the
space \`${space.name}\`, at equal ratios of size among ${DRAWN_FOR_EACH * SUBNETS} that were drawn. *Inherited*: accuracy on all ${held.labels.length} samples that no training saw, with the
supernet's weights, batch norm measured anew. *Alone*: after ${PASSES} passes from fresh weights, the mean of ${TRAININGS} trainings. Minutes are the supernet's, in computing time of two cores. *planned*
is what a search does in such a time; the others are the two ways between which it decides.

An earlier form of this comparison gave the supernet five minutes and the networks alone eight passes, and had networks at equal places
in the order of size, most of them alike: its mean was 0.49 (0.47, 0.51). After eight passes large networks are not ahead yet of small ones, and what differs
by less than chance in one training has no order. After one training alone for each, in the present form, it was 0.69 (0.73, 0.64): two trainings of one
network differ by up to 2.5 points.${
      Math.max(...meanTaus) < WANTED_TAU
        ? `\n\n**Not reached so far**: tau should be ${WANTED_TAU} and more, as the mean of two seeds.`
        : ''
    }

| supernet | Kendall's tau | mean |
|---|---|---|
${means.join('\n')}

## Training-free proxies

What a network with random weights says in one pass of ${PROXY_BATCH} samples (\`search --proxy\`), against accuracy after training alone. A
proxy can only put candidates into an order before they are judged; by default none does.

| proxy | Kendall's tau | mean |
|---|---|---|
${proxyRows.join('\n')}

${sections.join('\n\n')}
`,
  );
  return file;
}

if (!values.table) for (const seed of values.seeds.split(',').map(Number)) await rank(seed);
console.log(`wrote ${writeTable()}`);
