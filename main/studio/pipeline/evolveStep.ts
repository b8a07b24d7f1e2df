import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { candidateSchema, recommendedSchema, StudioError, type Candidate } from '../../contract/index.ts';
import { architectureCost } from '../../core/architecture/index.ts';
import {
  bestByScore,
  bestOf,
  capacityOf,
  largestGenotype,
  paretoFront,
  proposeGeneration,
  PUBLISHED_EVOLUTION,
  recommend,
  recordGeneration,
  startEvolution,
  toArchitecture,
  type EvolutionSettings,
  type EvolutionState,
  type Genotype,
  type Generation,
  type HeatRound,
  type Individual,
  type Limits,
  type Proxy,
  type SearchSpace,
} from '../../core/nas/index.ts';
import { sampleBytes, type LabelledSamples } from '../../core/training/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import { budgetNow, type BudgetClock } from '../../processes/index.ts';
import { writeFileAtomic } from '../../store/index.ts';
import type { StepContext, Trip } from '../jobs/index.ts';
import { costOf, type CostModel } from '../search/costs.ts';
import { Judges } from '../search/judges.ts';
import { trainNetwork } from '../training/index.ts';
import { entrantsOf, leadersOf, runHeats, type HeatResult } from './heats.ts';
import { trainingData } from './trainStep.ts';
import type { TrainedSupernet } from './supernetStep.ts';
import { steps } from './stepTitles.ts';

export interface EvolveWish {
  readonly limits: Limits;
  /** The capacity that a network needs to be looked at (`capacityOf`), where no trained largest network puts the weights right. */
  readonly leastCapacity: number;
  /** The multiply-accumulates that networks which fit have on average. */
  readonly meanMacs: number;
  /** The multiply-accumulates that it may have: what the last training has no time for is not looked at. */
  readonly mostMacs: number;
  /** Networks to begin with, beside those that are drawn: what was found for other boards. */
  readonly seeds: readonly Genotype[];
  /** Rounds in which some are trained alone, which then decides; none where inherited weights do. */
  readonly heats: readonly HeatRound[];
  /** What the heats are expected to take on a laptop; on a machine that needs much longer they end early. */
  readonly heatMinutes: number;
  readonly model: CostModel;
  readonly minutes: number;
  /** How many generations there are, where an earlier search is followed instead of the clock. */
  readonly generations?: number;
  /** The same for the trainings of the heats. */
  readonly heatTrainings?: number;
  /** What puts candidates into an order before they are judged; where absent all that are drawn are judged. */
  readonly proxy?: Proxy;
  readonly seed: number;
  readonly workers: number;
}

/** So many candidates are drawn for each that is judged, where a proxy chooses among them. */
const DRAWN_PER_JUDGED = 3;
/** Validation samples that judge a candidate, and training samples that recalibrate its batch norm. */
const VALIDATION_SAMPLES = 1000;
const CALIBRATION_SAMPLES = 512;
/**
 * The best, and the most accurate of the front, are judged once more, on the whole validation split: a thousand samples
 * leave a point of doubt. The front that is told in the end is theirs.
 */
const FINALISTS = 12;
const BEST = 6;
/** The part of the time that is kept for them. */
const FINAL_SHARE = 0.2;
/** The part of the step's progress that comes before heats, where there are some. */
const BEFORE_HEATS = 0.3;
/** When the heats have taken so many times what they are expected to take, they are over. */
const MOST_HEATS = 2;
/** What accuracy a faster network may lack: little, for inherited weights do small networks more justice than large ones. */
const TOLERANCE = 0.001;

/** Thirty published generations judge three thousand networks: on a laptop, ten minutes and more. */
const PUBLISHED_FROM_MINUTES = 10;

/** With less time smaller generations, that more of them are turned over; but in next to none still so many. */
const SMALL_GENERATION = 40;
const SMALLEST_GENERATION = 12;
/** Multiply-accumulates of a network that is judged, on one core of a laptop in a second; only for dividing the time. */
const JUDGED_MACS_PER_SECOND = 10e9;

/**
 * Evolution as published; with less time smaller generations, of which at least one is judged in it.
 *
 * @param work multiply-accumulates that it takes to judge a network of middling size
 */
export function evolutionIn(minutes: number, work: number, workers: number): EvolutionSettings {
  if (minutes >= PUBLISHED_FROM_MINUTES) return PUBLISHED_EVOLUTION;
  const judged = Math.floor((60 * minutes * workers * JUDGED_MACS_PER_SECOND) / work);
  const population = Math.max(SMALLEST_GENERATION, Math.min(SMALL_GENERATION, judged));
  const half = Math.round(population / 2);
  return {
    ...PUBLISHED_EVOLUTION,
    population,
    parents: Math.round(population / 4),
    crossovers: half,
    mutations: half,
  };
}

const manyOf = (settings: EvolutionSettings): EvolutionSettings => ({
  ...settings,
  population: DRAWN_PER_JUDGED * settings.population,
  crossovers: DRAWN_PER_JUDGED * settings.crossovers,
  mutations: DRAWN_PER_JUDGED * settings.mutations,
});

/** Of many candidates those that a proxy thinks the best of, as many as are judged otherwise. */
async function bestByProxy(many: Generation, proxy: Proxy, judges: Judges, signal: AbortSignal): Promise<Generation> {
  const genotypes = many.candidates.map(({ genotype }) => genotype);
  const scores = await judges.score(genotypes, proxy, signal);
  return bestByScore(many, scores, Math.ceil(genotypes.length / DRAWN_PER_JUDGED));
}

const genotypeSchema = z.object({
  stages: z.array(
    z.object({
      depth: z.int(),
      width: z.number(),
      blocks: z.array(z.object({ kernel: z.union([z.literal(3), z.literal(5), z.literal(7)]), expansion: z.int() })),
    }),
  ),
});
const foundSchema = z.object({
  genotype: genotypeSchema,
  generations: z.int(),
  candidates: z.array(candidateSchema),
  recommended: recommendedSchema,
  /** The supernet's largest on the whole validation split; null where it was not trained. */
  largestAccuracy: z.number().nullable(),
  /** How many trainings alone there were. */
  heatTrainings: z.int(),
  /** What it took, on the budget's clock. */
  seconds: z.number(),
});
export type Found = z.infer<typeof foundSchema>;

/** Stage 2's second half: evolution, each candidate judged with inherited weights, until the time is over. */
export function evolveStep(
  trip: Trip,
  dataset: Dataset,
  space: SearchSpace,
  supernet: TrainedSupernet,
  wish: EvolveWish,
): Promise<Found> {
  return trip.step({
    ...steps.evolve,
    version: 12,
    input: { space, supernet: supernet.sha256, dataset: dataset.fingerprint, ...wish },
    output: foundSchema,
    run: async (context) => {
      const { state, finalists, largestAccuracy, heatTrainings, seconds } = await evolve(
        dataset,
        space,
        supernet,
        wish,
        trip.clock,
        context,
      );
      const candidates = candidatesOf(state.judged, finalists);
      const recommendation = leave(space, state.judged, finalists, wish.limits, context);
      if (recommendation === null) throw nothingFound(wish.limits);
      const { candidate, reason, why } = recommendation;
      context.log(`${candidate.key}: ${(100 * candidate.accuracy).toFixed(1)} % ${howJudged(candidate)}. ${reason}`);
      return {
        genotype: mutable(candidate.genotype),
        generations: state.generation,
        candidates,
        recommended: { key: candidate.key, reason, why },
        largestAccuracy,
        heatTrainings,
        seconds,
      };
    },
  });
}

const STATE_FILE = 'evolution.json';

/**
 * Writes the front and the network to begin with, as they are now: a search that is stopped leaves the best that it had
 * found. @returns null where nothing keeps the limits
 */
function leave(
  space: SearchSpace,
  judged: readonly Individual[],
  contenders: readonly Individual[],
  limits: Limits,
  { write }: StepContext,
): ReturnType<typeof recommend<Individual>> {
  const recommendation = recommend(paretoFront(contenders), limits, TOLERANCE);
  if (recommendation === null) return null;
  const architecture = toArchitecture(space, recommendation.candidate.genotype);
  write('front.json', `${JSON.stringify(candidatesOf(judged, contenders), null, 1)}\n`);
  write('architecture.json', `${JSON.stringify(architecture, null, 2)}\n`);
  return recommendation;
}

/** What an interrupted search knows, and how long it took to find out. */
interface Standing {
  readonly state: EvolutionState;
  readonly seconds: number;
  /** How long it had taken when the heats began. */
  readonly evolved?: number;
  readonly heats?: readonly HeatResult[];
}

interface Outcome extends Standing {
  readonly finalists: readonly Individual[];
  readonly largestAccuracy: number | null;
  readonly heatTrainings: number;
}

async function evolve(
  dataset: Dataset,
  space: SearchSpace,
  supernet: TrainedSupernet,
  wish: EvolveWish,
  clock: BudgetClock,
  context: StepContext,
): Promise<Outcome> {
  const { onProgress, signal, emit, unfinished } = context;
  const file = unfinished(STATE_FILE);
  const bytes = sampleBytes(dataset.shape);
  const calibration = firstOf(dataset.train, CALIBRATION_SAMPLES, bytes).samples;
  const judges = new Judges(space, supernet.weights, calibration, dataset.validation, wish.workers, wish);
  const costs = new Map<Genotype, ReturnType<typeof costOf>>();
  const cost = (genotype: Genotype): ReturnType<typeof costOf> => {
    const known = costs.get(genotype) ?? costOf(toArchitecture(space, genotype), wish.model);
    costs.set(genotype, known);
    return known;
  };
  const leastCapacity = supernet.hasLargest ? 0 : wish.leastCapacity;
  const isWanted = (genotype: Genotype): boolean => {
    const architecture = toArchitecture(space, genotype);
    return architectureCost(architecture).macs <= wish.mostMacs && capacityOf(architecture) >= leastCapacity;
  };
  const began = budgetNow(clock);
  const before = readStanding(file);
  const seconds = (): number => (before?.seconds ?? 0) + (budgetNow(clock) - began) / 1000;
  const passed = (): number => seconds() / (60 * wish.minutes * (1 - FINAL_SHARE));
  try {
    let state: EvolutionState = before?.state ?? startEvolution(wish.seed);
    const judgedOn = CALIBRATION_SAMPLES + Math.min(VALIDATION_SAMPLES, dataset.validation.labels.length);
    const settings = evolutionIn(wish.minutes, judgedOn * wish.meanMacs, wish.workers);
    const most = wish.generations ?? settings.generations;
    const isOver = (): boolean => wish.generations === undefined && state.generation > 0 && passed() >= 1;
    while (state.generation < most && !isOver()) {
      signal.throwIfAborted();
      const propose = (proposed: EvolutionSettings): Generation =>
        proposeGeneration(space, state, wish.limits, cost, proposed, { isWanted, seeds: wish.seeds });
      const generation =
        wish.proxy === undefined
          ? propose(settings)
          : await bestByProxy(propose(manyOf(settings)), wish.proxy, judges, signal);
      if (generation.candidates.length === 0) break;
      const accuracies = await judges.judge(
        generation.candidates.map(({ genotype }) => genotype),
        VALIDATION_SAMPLES,
        (answered) => {
          const share = Math.min(
            1,
            Math.max(passed(), (state.generation + answered / generation.candidates.length) / settings.generations),
          );
          const note = `generation ${state.generation + 1}, ${state.judged.length + answered} networks judged`;
          const done = (wish.heats.length > 0 ? BEFORE_HEATS : 1) * share;
          onProgress({ stage: 'searching', done, total: 1, remainingMs: null, note });
        },
        signal,
      );
      state = recordGeneration(state, generation, accuracies);
      writeFileAtomic(file, JSON.stringify({ state, seconds: seconds() } satisfies Standing));
      emit({ type: 'candidates', candidates: candidatesOf(state.judged, state.judged), limits: wish.limits });
      leave(space, state.judged, state.judged, wish.limits, context);
    }
    if (wish.heats.length > 0) {
      const evolved = before?.evolved ?? seconds();
      const isLate = (): boolean => seconds() - evolved > 60 * MOST_HEATS * wish.heatMinutes;
      const { finalists, trainings } = await runHeats({
        entrants: entrantsOf(state.judged, wish.heats[0].entrants),
        rounds: wish.heats,
        known: before?.heats ?? [],
        isOver: (trainings) => (wish.heatTrainings === undefined ? isLate() : trainings >= wish.heatTrainings),
        train: (individual, passes, heat) => trainAlone(dataset, space, individual, passes, heat, wish, context),
        keep: (heats) => {
          writeFileAtomic(file, JSON.stringify({ state, seconds: seconds(), evolved, heats } satisfies Standing));
          const leaders = leadersOf(state.judged, wish.heats, heats);
          const { judged } = withFinals(state, leaders);
          emit({ type: 'candidates', candidates: candidatesOf(judged, leaders), limits: wish.limits });
          leave(space, judged, leaders, wish.limits, context);
        },
      });
      return {
        state: withFinals(state, finalists),
        finalists,
        largestAccuracy: null,
        heatTrainings: trainings,
        seconds: seconds(),
      };
    }
    const best = bestOf([...new Set([...bestOf(state.judged, BEST), ...paretoFront(state.judged)])], FINALISTS);
    const largest = supernet.hasLargest ? [largestGenotype(space)] : [];
    const finals = await judges.judge(
      [...best.map(({ genotype }) => genotype), ...largest],
      undefined,
      undefined,
      signal,
    );
    const finalists = best.map((individual, i): Individual => ({ ...individual, accuracy: finals[i] }));
    return {
      state: withFinals(state, finalists),
      finalists,
      largestAccuracy: finals[best.length] ?? null,
      heatTrainings: 0,
      seconds: seconds(),
    };
  } finally {
    await judges.close();
  }
}

/** Accuracy on the validation split after a training of some passes from fresh weights. */
async function trainAlone(
  dataset: Dataset,
  space: SearchSpace,
  { genotype }: Individual,
  passes: number,
  { done, of }: { readonly done: number; readonly of: number },
  { seed, workers }: EvolveWish,
  { onProgress, signal }: StepContext,
): Promise<number> {
  const { history } = await trainNetwork({
    architecture: toArchitecture(space, genotype),
    data: trainingData(dataset),
    length: { epochs: passes },
    seed,
    workers,
    signal,
    onProgress: (progress) =>
      onProgress({
        stage: 'searching',
        done: BEFORE_HEATS + ((1 - BEFORE_HEATS) * (done + progress.done)) / of,
        total: 1,
        remainingMs: null,
        note: `network ${done + 1} of ${of} is trained alone for ${passes.toFixed(1)} passes`,
      }),
  });
  const last = history.at(-1);
  if (last === undefined) throw new RangeError(`${passes} passes are no training`);
  return last.validationAccuracy;
}

const howJudged = ({ passesAlone }: Individual): string =>
  passesAlone === undefined ? 'with inherited weights' : `after ${passesAlone.toFixed(1)} passes alone`;

/** Where an interrupted search stood; a file that cannot be read means to begin again. */
function readStanding(file: string): Standing | null {
  try {
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Standing) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What is known, with what the whole validation split says of the best. */
function withFinals(state: EvolutionState, finalists: readonly Individual[]): EvolutionState {
  const known = new Map(finalists.map((individual) => [individual.key, individual]));
  return { ...state, judged: state.judged.map((individual) => known.get(individual.key) ?? individual) };
}

function firstOf({ samples, labels }: LabelledSamples, most: number, bytes: number): LabelledSamples {
  const count = Math.min(most, labels.length);
  return { samples: samples.slice(0, count * bytes), labels: labels.slice(0, count) };
}

/** @param contenders those among whom the front is */
function candidatesOf(judged: readonly Individual[], contenders: readonly Individual[]): Candidate[] {
  const front = new Set(paretoFront(contenders).map(({ key }) => key));
  return judged.map(({ key, accuracy, cost, passesAlone }) => ({
    key,
    accuracy,
    ...(passesAlone !== undefined && { passesAlone }),
    sramBytes: cost.sramBytes,
    flashBytes: cost.flashBytes,
    latencyMs: cost.latencyMs,
    energyMicrojoules: cost.energyMicrojoules,
    inputMode: cost.inputMode ?? 'whole',
    onFront: front.has(key),
  }));
}

const mutable = ({ stages }: Genotype): Found['genotype'] => ({
  stages: stages.map(({ depth, width, blocks }) => ({ depth, width, blocks: blocks.map((block) => ({ ...block })) })),
});

const nothingFound = (limits: Limits): StudioError =>
  new StudioError({
    code: 'search.nothing-fits',
    message: 'No network of the chosen space keeps the limits.',
    remedy: 'Give more SRAM, Flash or latency, or choose a larger board.',
    details: { limits },
  });
