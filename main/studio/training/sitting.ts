import type { Architecture } from '../../core/architecture/index.ts';
import {
  evaluatePart,
  foreseenSteps,
  FULL_SIZE,
  learningRateAt,
  recalibrate,
  resizedArchitecture,
  resizedShape,
  Resizer,
  sampleBytes,
  scaleAt,
  shareOf,
  summarize,
  Trainer,
  type EpochRecord,
  type LabelledSamples,
  type PacePlan,
  type TrainableNetwork,
  type TrainingBackend,
} from '../../core/training/index.ts';
import { budgetNow } from '../../processes/index.ts';
import { EMPTY_TALLY, type Tally, type TrainingState } from './checkpoint.ts';
import { Exchange } from './exchange.ts';
import { decide, GO_ON, LAST, LEAVE } from './decision.ts';
import { Meeting } from './meeting.ts';
import { Pacer } from './pacer.ts';
import type { Teacher } from './types.ts';
import type { TrainingMessage, TrainingTask } from './messages.ts';

const CHECKPOINT_SECONDS = 15;
const PROGRESS_SECONDS = 0.5;
/**
 * Validation after an epoch takes at most this share of the training split's size, or so many samples if that is more;
 * after the last epoch, all there are.
 */
const VALIDATION_SHARE = 0.04;
const LEAST_VALIDATION = 512;
/** A forward pass takes about this part of a training step. */
const FORWARD_SHARE = 0.4;
/** Unvaried samples over which batch norm's statistics are taken in the end. */
const RECALIBRATION_SAMPLES = 2048;

/** What a worker trains with for as long as images keep their scale. */
interface Sight {
  /** Of the images' sides; see `ResizingPhase`. */
  readonly scale: number;
  readonly network: TrainableNetwork;
  readonly teacher: TrainableNetwork | null;
  readonly trainer: Trainer;
  /** Those that are asked about after a pass; all of them at full size. */
  readonly validation: LabelledSamples;
}

/**
 * One worker's part in a training, from a state to its end or to a stop. All workers hold the same weights and change
 * them by the same sum of gradients, in the same order; the first of them leads: it keeps the time, decides, reports.
 */
export class TrainingSitting {
  readonly #task: TrainingTask;
  readonly #report: (message: TrainingMessage) => void;
  readonly #backend: TrainingBackend;
  readonly #meeting: Meeting;
  readonly #exchange: Exchange;
  readonly #stop: Int32Array;
  readonly #stepVector: Float32Array;
  /** What turns the clock into progress; null where the length is in passes. */
  readonly #pacer: Pacer | null;
  #sight: Sight;
  #scale: number;
  #step: number;
  #progress: number;
  #tally: Tally;
  #history: readonly EpochRecord[];
  #checkpointed = performance.now();
  #reported = 0;
  #firstStep = 0;
  #samplesDone = 0;
  /** When images took their present scale, on the budget's clock, and the samples that were done by then. */
  #scaledAt = { at: 0, samples: 0 };

  constructor(task: TrainingTask, backend: TrainingBackend, report: (message: TrainingMessage) => void) {
    const { workers, state } = task;
    this.#task = task;
    this.#report = report;
    this.#backend = backend;
    this.#step = state.step;
    this.#progress = state.progress;
    this.#scale = this.#scaleAfter(state.step, state.progress, task.pace ?? state.pace);
    this.#sight = this.#see(state.weights, state.velocities);
    this.#meeting = new Meeting(workers, task.meeting);
    const { total } = this.#sight.network.layout;
    this.#exchange = new Exchange(total, workers, task.exchange);
    this.#stop = new Int32Array(task.stop);
    this.#stepVector = new Float32Array(total);
    this.#tally = state.tally;
    this.#history = state.history;
    const { length, pace } = task;
    this.#pacer = 'minutes' in length ? new Pacer(length.minutes, state.pace, pace) : null;
  }

  run(): void {
    const { recipe, train } = this.#task;
    let decision = GO_ON;
    this.#firstStep = performance.now();
    this.#scaledAt = { at: budgetNow(this.#task.clock), samples: 0 };
    while (decision === GO_ON) {
      decision = this.#doStep();
      const passes = (step: number): number => Math.floor((step * recipe.batch) / train.labels.length);
      // Before a stop, too: the history of a training that goes on is that of one that was never stopped.
      if (decision !== LAST && passes(this.#step) > passes(this.#step - 1)) {
        this.#record('some');
        this.#tell('epoch');
      }
      if (this.#leads) this.#tellAtTimes();
    }
    if (decision === LEAVE) {
      this.#tell('stopped');
      return;
    }
    this.#settle();
    this.#record('all');
    this.#tell('finished');
  }

  get #leads(): boolean {
    return this.#task.index === 0;
  }

  get #seconds(): number {
    const { state, clock, calledAt } = this.#task;
    return state.seconds + (budgetNow(clock) - calledAt) / 1000;
  }

  /** One step of the whole batch. Returns what the leader decided about going on. */
  #doStep(): number {
    const { index, workers, recipe } = this.#task;
    this.#takeScale();
    const { trainer } = this.#sight;
    const outcome = trainer.compute(this.#step, this.#isTaught());
    const slots = this.#exchange.round(this.#step);
    trainer.shareStep(slots.vectors[index]);
    slots.outcomes[index].set([outcome.loss, outcome.correct, outcome.samples]);
    if (this.#leads) {
      const progress = this.#progressAfter();
      const stopped = Atomics.load(this.#stop, 0) === 1;
      const scale = this.#scaleAfter(this.#step + 1, progress, this.#pacer?.plan ?? []);
      slots.decision.set([decide(stopped, progress), progress, scale]);
    }
    this.#meeting.wait();
    const [decision, progress, scale] = slots.decision;
    // The rate belongs to the moment at which the step began.
    const learningRate = learningRateAt(recipe, this.#progress);
    if (workers === 1) {
      trainer.apply(learningRate, slots.vectors[0]);
    } else {
      addUp(slots.vectors, this.#stepVector);
      trainer.apply(learningRate, this.#stepVector);
    }
    for (const [loss, correct, samples] of slots.outcomes) {
      this.#tally = {
        loss: this.#tally.loss + loss,
        correct: this.#tally.correct + correct,
        samples: this.#tally.samples + samples,
      };
    }
    this.#step++;
    this.#progress = progress;
    this.#scale = scale;
    this.#samplesDone += recipe.batch;
    return decision;
  }

  /**
   * The images' scale after some steps. It follows from the pace alone, so that a training that goes on, and one that is
   * repeated, see what the first one saw.
   */
  #scaleAfter(steps: number, progress: number, plan: PacePlan): number {
    const { recipe, train, length } = this.#task;
    const foreseen = 'epochs' in length ? null : foreseenSteps(plan, steps);
    const passes = foreseen === null ? null : (foreseen * recipe.batch) / train.labels.length;
    return scaleAt(recipe.resizing, progress, passes);
  }

  /** Goes over to images of the scale that was decided on, where that is another. */
  #takeScale(): void {
    const before = this.#sight;
    if (this.#scale === before.scale) return;
    this.#sight = this.#see(before.network.weights(), before.network.velocities(), before);
    this.#scaledAt = { at: budgetNow(this.#task.clock), samples: this.#samplesDone };
  }

  /** Network, teacher and samples for images of the present scale. @param before whose memory is taken over */
  #see(weights: Float32Array, velocities: Float32Array, before?: Sight): Sight {
    const { index, workers, architecture, recipe, seed, train, validation, rounding, teacher } = this.#task;
    const scale = this.#scale;
    const share = { index, count: workers };
    const { from, to } = shareOf(recipe.batch, share);
    const compile = (of: Architecture, reuse?: TrainableNetwork, rounded = false): TrainableNetwork =>
      this.#backend.compile(resizedArchitecture(of, scale), to - from, reuse, rounded);
    const network = compile(architecture, before?.network, rounding !== null);
    if (rounding !== null) network.round?.(rounding);
    network.setWeights(weights);
    network.setVelocities(velocities);
    const taughtBy = teacher === null ? null : this.#teacherFor(teacher, compile, before?.teacher ?? undefined);
    const resizer =
      scale === FULL_SIZE ? null : new Resizer(architecture.input, resizedShape(architecture.input, scale));
    const options = { train, recipe, seed, share, ...(resizer && { resizer }) };
    return {
      scale,
      network,
      teacher: taughtBy,
      trainer: new Trainer(network, {
        ...options,
        ...(teacher && taughtBy && { teacher: { network: taughtBy, weight: teacher.weight } }),
      }),
      validation: resizer === null ? validation : resizer.resizeSplit(validation, this.#someValidation()),
    };
  }

  /** The teacher, its batch norm measured on samples as they are, but for their size. */
  #teacherFor(
    { architecture, weights }: Teacher,
    compile: (of: Architecture, reuse?: TrainableNetwork) => TrainableNetwork,
    reuse?: TrainableNetwork,
  ): TrainableNetwork {
    const network = compile(architecture, reuse);
    network.setWeights(weights);
    this.#measureStatistics(network);
    return network;
  }

  /** Whether the teacher still knows better. It follows from the history, so that all workers and a resumed training agree. */
  #isTaught(): boolean {
    const { teacher } = this.#task;
    return teacher !== null && !this.#history.some(({ validationAccuracy }) => validationAccuracy >= teacher.accuracy);
  }

  /** Fraction of the training that will be done after the present step. */
  #progressAfter(): number {
    const { length, recipe, train, validation } = this.#task;
    const done = this.#step + 1;
    if ('epochs' in length) return (done * recipe.batch) / (length.epochs * train.labels.length);
    // Time is kept back for what comes after the last step.
    const finish = FORWARD_SHARE * (validation.labels.length + RECALIBRATION_SAMPLES * this.#task.workers);
    const passed = (budgetNow(this.#task.clock) - this.#scaledAt.at) / 1000;
    const samples = this.#samplesDone - this.#scaledAt.samples + recipe.batch;
    const reserve = Math.min(finish * (passed / samples), 0.3 * length.minutes * 60);
    return this.#pacer?.after(done, this.#seconds, reserve) ?? 1;
  }

  /** After the last step: batch norm's statistics from samples as they are. Each worker does the same. */
  #settle(): void {
    this.#takeScale();
    const { network } = this.#sight;
    // What rounding does to each channel's mean is put right when the network is quantized.
    if (this.#task.rounding !== null) network.round?.(null);
    this.#measureStatistics(network);
  }

  /** Batch norm's statistics, from samples of the network's size. */
  #measureStatistics(network: TrainableNetwork): void {
    const { train, architecture } = this.#task;
    const count = Math.min(RECALIBRATION_SAMPLES, train.labels.length);
    const { samples } =
      this.#scale === FULL_SIZE
        ? train
        : new Resizer(architecture.input, network.architecture.input).resizeSplit(train, count);
    recalibrate(network, samples.subarray(0, count * sampleBytes(network.architecture.input)));
  }

  /** How many validation samples are asked about after a pass. */
  #someValidation(): number {
    const { validation, train } = this.#task;
    const some = Math.max(LEAST_VALIDATION, Math.round(VALIDATION_SHARE * train.labels.length));
    return Math.min(validation.labels.length, some);
  }

  /** Evaluates on validation samples, together, and adds a record to the history. */
  #record(scope: 'some' | 'all'): void {
    const { train, index, workers, recipe } = this.#task;
    const { network, validation } = this.#sight;
    const count = scope === 'all' ? validation.labels.length : this.#someValidation();
    const { from, to } = shareOf(count, { index, count: workers });
    const counts = evaluatePart(network, validation, from, to);
    const result = summarize([counts]);
    const slots = this.#exchange.round(this.#step);
    slots.outcomes[index].set([counts.loss, result.correct, to - from]);
    this.#meeting.wait();
    const [loss, correct] = [0, 1].map((i) => slots.outcomes.reduce((sum, outcome) => sum + outcome[i], 0));
    // The next step writes into the same slots.
    this.#meeting.wait();
    const tally = this.#tally;
    this.#history = [
      ...this.#history,
      {
        epoch: (this.#step * recipe.batch) / train.labels.length,
        trainingLoss: tally.loss / tally.samples,
        trainingAccuracy: tally.correct / tally.samples,
        validationLoss: loss / count,
        validationAccuracy: correct / count,
        learningRate: learningRateAt(recipe, this.#progress),
        seconds: this.#seconds,
      },
    ];
    this.#tally = EMPTY_TALLY;
  }

  #state(): TrainingState {
    return {
      weights: this.#sight.network.weights(),
      velocities: this.#sight.network.velocities(),
      step: this.#step,
      progress: this.#progress,
      seconds: this.#seconds,
      pace: this.#pacer?.plan ?? [],
      tally: this.#tally,
      history: this.#history,
    };
  }

  #tell(kind: 'epoch' | 'checkpoint' | 'stopped' | 'finished'): void {
    if (!this.#leads) return;
    this.#checkpointed = performance.now();
    this.#report({ kind, state: this.#state() });
  }

  #tellAtTimes(): void {
    const now = performance.now();
    if (now - this.#checkpointed > CHECKPOINT_SECONDS * 1000) this.#tell('checkpoint');
    if (now - this.#reported < PROGRESS_SECONDS * 1000) return;
    this.#reported = now;
    const { recipe, train, state } = this.#task;
    const passed = now - this.#firstStep;
    const gained = this.#progress - state.progress;
    this.#report({
      kind: 'progress',
      progress: Math.min(this.#progress, 1),
      epoch: (this.#step * recipe.batch) / train.labels.length,
      resized: this.#sight.scale === FULL_SIZE ? null : this.#sight.network.architecture.input,
      loss: this.#tally.samples === 0 ? NaN : this.#tally.loss / this.#tally.samples,
      samplesPerSecond: (1000 * this.#samplesDone) / passed,
      remainingMs: gained > 0 ? Math.max(0, (passed * (1 - this.#progress)) / gained) : null,
    });
  }
}

/** Adds up vectors, always in the same order, so that all workers get the same sum. */
function addUp(vectors: readonly Float32Array[], sum: Float32Array): void {
  sum.set(vectors[0]);
  for (let v = 1; v < vectors.length; v++) {
    const vector = vectors[v];
    for (let i = 0; i < sum.length; i++) sum[i] += vector[i];
  }
}
