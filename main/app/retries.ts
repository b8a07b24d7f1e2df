/** How often something may be tried again by itself: so many times within so much time. */
export class Retries {
  readonly #most: number;
  readonly #withinMs: number;
  #times: readonly number[] = [];

  constructor(most: number, minutes: number) {
    this.#most = most;
    this.#withinMs = minutes * 60_000;
  }

  /**
   * Counts one more try, if there may be one.
   * @param now milliseconds on a clock that does not go back
   */
  allow(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < this.#withinMs);
    if (this.#times.length >= this.#most) return false;
    this.#times = [...this.#times, now];
    return true;
  }
}
