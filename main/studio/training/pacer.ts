import { extendPlan, progressOnPlan, type PacePlan } from '../../core/training/index.ts';

/** Makes the plan of a training of so many minutes as it goes on; or follows one that was made before. */
export class Pacer {
  readonly #seconds: number;
  readonly #follows: PacePlan | null;
  #plan: PacePlan;
  /** When the last piece began: steps done and seconds gone. */
  #mark: { readonly steps: number; readonly seconds: number } | null = null;

  /**
   * @param minutes what the training may take
   * @param plan as far as it was made in earlier sittings
   * @param follows a plan to follow instead of the clock
   */
  constructor(minutes: number, plan: PacePlan, follows: PacePlan | null = null) {
    this.#seconds = 60 * minutes;
    this.#plan = plan;
    this.#follows = follows;
  }

  get plan(): PacePlan {
    return this.#follows ?? this.#plan;
  }

  /**
   * Progress after so many steps.
   *
   * @param seconds gone by now, over all sittings
   * @param reserve seconds that are kept back for what comes after the last step
   */
  after(steps: number, seconds: number, reserve = 0): number {
    if (this.#follows !== null) return progressOnPlan(this.#follows, steps) ?? 1;
    const last = this.#plan.at(-1);
    const isEnd = last === undefined || steps >= last.until;
    if (isEnd && (progressOnPlan(this.#plan, steps) ?? 0) < 1) {
      const mark = this.#mark ?? { steps: steps - 1, seconds: (seconds * (steps - 1)) / steps };
      const secondsPerStep = (seconds - mark.seconds) / (steps - mark.steps);
      this.#plan = extendPlan(this.#plan, steps, secondsPerStep, this.#seconds - reserve - seconds);
      this.#mark = { steps, seconds };
    }
    return progressOnPlan(this.#plan, steps) ?? 0;
  }
}
