/** Indices into the meeting's words. */
const ARRIVED = 0;
const ROUND = 1;
const WORDS = 2;

/** Where the workers of a training wait for each other. Lives in shared memory; made once, joined by each worker. */
export class Meeting {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #members: number;

  constructor(members: number, memory = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#members = members;
  }

  /** Returns once all members have called it as often as this one. What they wrote before is then seen by all. */
  wait(): void {
    const round = Atomics.load(this.#words, ROUND);
    if (Atomics.add(this.#words, ARRIVED, 1) === this.#members - 1) {
      Atomics.store(this.#words, ARRIVED, 0);
      Atomics.add(this.#words, ROUND, 1);
      Atomics.notify(this.#words, ROUND);
    } else {
      while (Atomics.load(this.#words, ROUND) === round) Atomics.wait(this.#words, ROUND, round);
    }
  }
}
