import {
  evaluatePart,
  learningRateAt,
  recalibrate,
  sampleBytes,
  shareOf,
  summarize,
  Trainer,
  type EpochRecord,
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

/**
 * One worker's part in a training, from a state to its end or to a stop. All workers hold the same weights and change
 * them by the same sum of gradients, in the same order; the first of them leads: it keeps the time, decides, reports.
 */
export class TrainingSitting {
  readonly #task: TrainingTask;
  readonly #report: (message: TrainingMessage) => void;
  readonly #network: TrainableNetwork;
  readonly #trainer: Trainer;
  readonly #meeting: Meeting;
  readonly #exchange: Exchange;
  readonly #stop: Int32Array;
  readonly #stepVector: Float32Array;
  /** What turns the clock into progress; null where the length is in passes. */
  readonly #pacer: Pacer | null;
  #step: number;
  #progress: number;
  #tally: Tally;
  #history: readonly EpochRecord[];
  #checkpointed = performance.now();
  #reported = 0;
  #firstStep = 0;
  /** The same moment on the budget's clock. */
  #firstStepAt = 0;
  #samplesDone = 0;

  constructor(task: TrainingTask, backend: TrainingBackend, report: (message: TrainingMessage) => void) {
    const { index, workers, architecture, recipe, seed, train, state } = task;
    this.#task = task;
    this.#report = report;
    const share = { index, count: workers };
    const { from, to } = shareOf(recipe.batch, share);
    this.#network = backend.compile(architecture, to - from, undefined, task.rounding !== null);
    if (task.rounding !== null) this.#network.round?.(task.rounding);
    this.#network.setWeights(state.weights);
    this.#network.setVelocities(state.velocities);
    const teacher = task.teacher === null ? null : this.#teacherFor(task.teacher, backend, to - from);
    const options = { train, recipe, seed, share };
    this.#trainer = new Trainer(this.#network, { ...options, ...(teacher && { teacher }) });
    this.#meeting = new Meeting(workers, task.meeting);
    this.#exchange = new Exchange(this.#network.layout.total, workers, task.exchange);
    this.#stop = new Int32Array(task.stop);
    this.#stepVector = new Float32Array(this.#network.layout.total);
    this.#step = state.step;
    this.#progress = state.progress;
    this.#tally = state.tally;
    this.#history = state.history;
    const { length, pace } = task;
    this.#pacer = 'minutes' in length ? new Pacer(length.minutes, state.pace, pace) : null;
  }

  run(): void {
    const { recipe, train } = this.#task;
    let decision = GO_ON;
    this.#firstStep = performance.now();
    this.#firstStepAt = budgetNow(this.#task.clock);
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
    const outcome = this.#trainer.compute(this.#step, this.#isTaught());
    const slots = this.#exchange.round(this.#step);
    this.#trainer.shareStep(slots.vectors[index]);
    slots.outcomes[index].set([outcome.loss, outcome.correct, outcome.samples]);
    if (this.#leads) {
      const progress = this.#progressAfter();
      const stopped = Atomics.load(this.#stop, 0) === 1;
      slots.decision.set([decide(stopped, progress), progress]);
    }
    this.#meeting.wait();
    const [decision, progress] = slots.decision;
    // The rate belongs to the moment at which the step began.
    const learningRate = learningRateAt(recipe, this.#progress);
    if (workers === 1) {
      this.#trainer.apply(learningRate, slots.vectors[0]);
    } else {
      addUp(slots.vectors, this.#stepVector);
      this.#trainer.apply(learningRate, this.#stepVector);
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
    this.#samplesDone += recipe.batch;
    return decision;
  }

  /** The teacher, its batch norm measured on samples as they are. */
  #teacherFor(
    { architecture, weights, weight }: Teacher,
    backend: TrainingBackend,
    batch: number,
  ): { network: TrainableNetwork; weight: number } {
    const network = backend.compile(architecture, batch);
    network.setWeights(weights);
    this.#measureStatistics(network);
    return { network, weight };
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
    const passed = (budgetNow(this.#task.clock) - this.#firstStepAt) / 1000;
    const samples = this.#samplesDone + recipe.batch;
    const reserve = Math.min(finish * (passed / samples), 0.3 * length.minutes * 60);
    return this.#pacer?.after(done, this.#seconds, reserve) ?? 1;
  }

  /** After the last step: batch norm's statistics from samples as they are. Each worker does the same. */
  #settle(): void {
    // What rounding does to each channel's mean is put right when the network is quantized.
    if (this.#task.rounding !== null) this.#network.round?.(null);
    this.#measureStatistics(this.#network);
  }

  #measureStatistics(network: TrainableNetwork): void {
    const { train, architecture } = this.#task;
    const count = Math.min(RECALIBRATION_SAMPLES, train.labels.length);
    recalibrate(network, train.samples.subarray(0, count * sampleBytes(architecture.input)));
  }

  /** Evaluates on validation samples, together, and adds a record to the history. */
  #record(scope: 'some' | 'all'): void {
    const { validation, train, index, workers, recipe } = this.#task;
    const some = Math.max(LEAST_VALIDATION, Math.round(VALIDATION_SHARE * train.labels.length));
    const count = Math.min(validation.labels.length, scope === 'all' ? Infinity : some);
    const { from, to } = shareOf(count, { index, count: workers });
    const counts = evaluatePart(this.#network, validation, from, to);
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
      weights: this.#network.weights(),
      velocities: this.#network.velocities(),
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
