import { createRandom, type RandomState } from '../random/index.ts';
import { crossover, genotypeKey, mutate, sampleGenotype, type Genotype } from './genotype.ts';
import { fits, type Cost, type Limits, type Rated } from './pareto.ts';
import type { SearchSpace } from './space.ts';

/** The published settings (arXiv 2007.10319, App. D). */
export interface EvolutionSettings {
  readonly population: number;
  readonly parents: number;
  readonly crossovers: number;
  readonly mutations: number;
  readonly mutationRate: number;
  readonly generations: number;
}

export const PUBLISHED_EVOLUTION: EvolutionSettings = {
  population: 100,
  parents: 20,
  crossovers: 50,
  mutations: 50,
  mutationRate: 0.1,
  generations: 30,
};

export interface Individual extends Rated {
  readonly genotype: Genotype;
  readonly key: string;
  /** Passes over the training split that it had alone when it was judged; absent: judged with inherited weights. */
  readonly passesAlone?: number;
}

/** Everything that the search knows; plain data, so that it can be stored after each generation and gone on from. */
export interface EvolutionState {
  readonly generation: number;
  readonly random: RandomState;
  /** Every network judged so far, in the order of judging. */
  readonly judged: readonly Individual[];
}

/** Candidates of the next generation, with their costs: all fit, none was judged before, none is there twice. */
export interface Generation {
  readonly candidates: readonly { readonly genotype: Genotype; readonly key: string; readonly cost: Cost }[];
  readonly random: RandomState;
}

export type CostOf = (genotype: Genotype) => Cost;

export const startEvolution = (seed: number): EvolutionState => ({
  generation: 0,
  random: createRandom(seed).state(),
  judged: [],
});

/** Draws for one place in a generation before it stays empty: limits may leave next to nothing to draw from. */
const MOST_DRAWS = 200;
/** What nobody wants is drawn again for nothing, but not more often than this for one draw that counts. */
const MOST_UNWANTED = 50;

export interface ProposalOptions {
  /** Whether a network is worth judging at all. */
  readonly isWanted?: (genotype: Genotype) => boolean;
  /** Networks to begin with, as far as they fit; the first generation is filled up with random ones. */
  readonly seeds?: readonly Genotype[];
}

/**
 * Proposes the next generation: random networks at first, then crossovers and mutations of the most accurate. What
 * does not fit is drawn again, so that only networks that can run are trained or judged.
 */
export function proposeGeneration(
  space: SearchSpace,
  state: EvolutionState,
  limits: Limits,
  costOf: CostOf,
  settings: EvolutionSettings,
  { isWanted = () => true, seeds = [] }: ProposalOptions = {},
): Generation {
  const random = createRandom(state.random);
  const seen = new Set(state.judged.map(({ key }) => key));
  const candidates: { genotype: Genotype; key: string; cost: Cost }[] = [];

  const take = (genotype: Genotype): boolean => {
    const key = genotypeKey(genotype);
    if (seen.has(key) || !isWanted(genotype)) return false;
    const cost = costOf(genotype);
    if (!fits(cost, limits)) return false;
    seen.add(key);
    candidates.push({ genotype, key, cost });
    return true;
  };
  const place = (draw: () => Genotype): void => {
    for (let attempt = 0; attempt < MOST_DRAWS; attempt++) {
      let genotype = draw();
      for (let unwanted = 0; unwanted < MOST_UNWANTED && !isWanted(genotype); unwanted++) genotype = draw();
      if (take(genotype)) return;
    }
  };

  const parents = bestOf(state.judged, settings.parents);
  if (parents.length === 0) {
    for (const seed of seeds) take(seed);
    for (let i = candidates.length; i < settings.population; i++) place(() => sampleGenotype(space, random));
  } else {
    const parent = (): Genotype => random.pick(parents).genotype;
    for (let i = 0; i < settings.crossovers; i++) place(() => crossover(parent(), parent(), random));
    for (let i = 0; i < settings.mutations; i++) place(() => mutate(space, parent(), settings.mutationRate, random));
  }
  return { candidates, random: random.state() };
}

/** Adds a generation's accuracies (0 … 1, in the order of its candidates) to what is known. */
export function recordGeneration(
  state: EvolutionState,
  generation: Generation,
  accuracies: readonly number[],
): EvolutionState {
  const judged = generation.candidates.map((candidate, i): Individual => ({ ...candidate, accuracy: accuracies[i] }));
  return { generation: state.generation + 1, random: generation.random, judged: [...state.judged, ...judged] };
}

/** The `count` most accurate; of equals the faster. */
export function bestOf(judged: readonly Individual[], count: number): Individual[] {
  return [...judged].sort((a, b) => b.accuracy - a.accuracy || a.cost.latencyMs - b.cost.latencyMs).slice(0, count);
}
