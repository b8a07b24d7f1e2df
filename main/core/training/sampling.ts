import { createRandom } from '../random/index.ts';

/**
 * The order in which the samples of a training split are seen: each pass over it in an order of its own that the seed
 * decides. Sample number p of the whole training is `at(p)`; so any step can be done again, by any worker.
 */
export class SampleOrder {
  readonly #count: number;
  readonly #seed: number;
  readonly #orders = new Map<number, Uint32Array>();

  constructor(count: number, seed: number) {
    this.#count = count;
    this.#seed = seed;
  }

  /** The index of the sample at a position. */
  at(position: number): number {
    const pass = Math.floor(position / this.#count);
    return this.#order(pass)[position % this.#count];
  }

  #order(pass: number): Uint32Array {
    const known = this.#orders.get(pass);
    if (known !== undefined) return known;
    const random = createRandom(this.#seed).fork(`order of pass ${pass}`);
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.below(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    // A step may reach over the end of a pass; older ones are not asked for again.
    for (const old of this.#orders.keys()) if (old < pass - 1) this.#orders.delete(old);
    this.#orders.set(pass, order);
    return order;
  }
}
