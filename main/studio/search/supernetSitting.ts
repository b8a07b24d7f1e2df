import { supernetLayout, SupernetTrainer, type SupernetLayout } from '../../core/nas/index.ts';
import { learningRateAt, type TrainingBackend } from '../../core/training/index.ts';
import { budgetNow } from '../../processes/index.ts';
import { decide, Exchange, GO_ON, LEAVE, Meeting, Pacer } from '../training/index.ts';
import type { SupernetMessage, SupernetState, SupernetTask } from './messages.ts';

const CHECKPOINT_MS = 15_000;
const PROGRESS_MS = 500;

/**
 * One worker's part in a supernet's training, from a state to its end or to a stop. As in a network's training, all
 * workers hold the same weights and change them by the same sum of gradients in the same order; the first of them
 * keeps the time, decides and reports.
 */
export class SupernetSitting {
  readonly #task: SupernetTask;
  readonly #report: (message: SupernetMessage) => void;
  readonly #supernet: SupernetLayout;
  readonly #trainer: SupernetTrainer;
  readonly #meeting: Meeting;
  readonly #exchange: Exchange;
  readonly #stop: Int32Array;
  readonly #sum: Float32Array;
  readonly #pacer: Pacer | null;
  readonly #started = performance.now();
  #step: number;
  #progress: number;
  #checkpointed = performance.now();
  #reported = 0;
  #recent = { loss: 0, correct: 0, samples: 0 };

  constructor(task: SupernetTask, backend: TrainingBackend, report: (message: SupernetMessage) => void) {
    const { index, workers, space, recipe, rule, seed, train, state } = task;
    this.#task = task;
    this.#report = report;
    this.#supernet = supernetLayout(space);
    const options = { train, recipe, rule, seed, share: { index, count: workers } };
    this.#trainer = new SupernetTrainer(
      backend,
      this.#supernet,
      state.weights.slice(),
      state.velocities.slice(),
      options,
    );
    this.#meeting = new Meeting(workers, task.meeting);
    this.#exchange = new Exchange(this.#supernet.layout.total, workers, task.exchange);
    this.#stop = new Int32Array(task.stop);
    this.#sum = new Float32Array(this.#supernet.layout.total);
    this.#step = state.step;
    this.#progress = state.progress;
    const { length, pace } = task;
    this.#pacer = 'minutes' in length ? new Pacer(length.minutes, state.pace, pace) : null;
  }

  run(): void {
    let decision = GO_ON;
    while (decision === GO_ON) {
      decision = this.#doStep();
      if (this.#leads) this.#tellAtTimes();
    }
    this.#tell(decision === LEAVE ? 'stopped' : 'finished');
  }

  get #leads(): boolean {
    return this.#task.index === 0;
  }

  get #seconds(): number {
    const { state, clock, calledAt } = this.#task;
    return state.seconds + (budgetNow(clock) - calledAt) / 1000;
  }

  #doStep(): number {
    const { index, recipe } = this.#task;
    const slots = this.#exchange.round(this.#step);
    const outcome = this.#trainer.compute(this.#step, slots.vectors[index]);
    slots.outcomes[index].set([outcome.loss, outcome.correct, outcome.samples]);
    if (this.#leads) {
      const progress = this.#progressAfter();
      const stopped = Atomics.load(this.#stop, 0) === 1;
      slots.decision.set([decide(stopped, progress), progress]);
    }
    this.#meeting.wait();
    const [decision, progress] = slots.decision;
    this.#sum.set(slots.vectors[0]);
    for (const vector of slots.vectors.slice(1)) for (let i = 0; i < vector.length; i++) this.#sum[i] += vector[i];
    // The rate belongs to the moment at which the step began.
    this.#trainer.apply(learningRateAt(recipe, this.#progress), this.#sum);
    for (const [loss, correct, samples] of slots.outcomes) {
      this.#recent.loss += loss;
      this.#recent.correct += correct;
      this.#recent.samples += samples;
    }
    this.#step++;
    this.#progress = progress;
    return decision;
  }

  /** Fraction of the training that will be done after the present step. */
  #progressAfter(): number {
    const { length } = this.#task;
    if ('steps' in length) return Math.max(this.#progress, (this.#step + 1) / length.steps);
    return this.#pacer?.after(this.#step + 1, this.#seconds) ?? 1;
  }

  #state(): SupernetState {
    const { weights, velocities } = this.#trainer;
    return {
      weights,
      velocities,
      step: this.#step,
      progress: this.#progress,
      seconds: this.#seconds,
      pace: this.#pacer?.plan ?? [],
    };
  }

  #tell(kind: 'checkpoint' | 'stopped' | 'finished'): void {
    if (!this.#leads) return;
    this.#checkpointed = performance.now();
    this.#report({ kind, state: this.#state() });
  }

  #tellAtTimes(): void {
    const now = performance.now();
    if (now - this.#checkpointed > CHECKPOINT_MS) this.#tell('checkpoint');
    if (now - this.#reported < PROGRESS_MS) return;
    this.#reported = now;
    const gained = this.#progress - this.#task.state.progress;
    const passed = now - this.#started;
    const { loss, correct, samples } = this.#recent;
    this.#recent = { loss: 0, correct: 0, samples: 0 };
    this.#report({
      kind: 'progress',
      progress: Math.min(1, this.#progress),
      step: this.#step,
      loss: loss / samples,
      accuracy: correct / samples,
      remainingMs: gained > 0 ? Math.max(0, (passed * (1 - this.#progress)) / gained) : null,
    });
  }
}
