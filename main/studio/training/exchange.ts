const FLOAT = Float32Array.BYTES_PER_ELEMENT;
const DOUBLE = Float64Array.BYTES_PER_ELEMENT;
/** Loss, right answers, samples. */
const OUTCOME = 3;
/** What to do, and the progress and the images' scale after the step. */
const DECISION = 3;

/** Where workers leave what the others need to know about a step. */
export interface Slots {
  /** One step vector for each worker. */
  readonly vectors: readonly Float32Array[];
  /** Sum of losses, right answers and samples, for each worker. */
  readonly outcomes: readonly Float64Array[];
  /** The leader's. */
  readonly decision: Float64Array;
}

/**
 * Shared memory for step vectors and outcomes. There are two rounds of slots, used in turn: a worker that is already at
 * its next step does not overwrite what another still reads, so that one meeting a step is enough.
 */
export class Exchange {
  readonly memory: SharedArrayBuffer;
  readonly #rounds: readonly Slots[];

  constructor(length: number, workers: number, memory?: SharedArrayBuffer) {
    const roundDoubles = workers * OUTCOME + DECISION;
    const roundBytes = roundDoubles * DOUBLE + Math.ceil((workers * length * FLOAT) / DOUBLE) * DOUBLE;
    this.memory = memory ?? new SharedArrayBuffer(2 * roundBytes);
    this.#rounds = [0, 1].map((round) => {
      const start = round * roundBytes;
      const vectors = start + roundDoubles * DOUBLE;
      const each = Array.from({ length: workers }, (_, worker) => worker);
      return {
        outcomes: each.map((worker) => new Float64Array(this.memory, start + worker * OUTCOME * DOUBLE, OUTCOME)),
        decision: new Float64Array(this.memory, start + workers * OUTCOME * DOUBLE, DECISION),
        vectors: each.map((worker) => new Float32Array(this.memory, vectors + worker * length * FLOAT, length)),
      };
    });
  }

  round(step: number): Slots {
    return this.#rounds[step % 2];
  }
}
