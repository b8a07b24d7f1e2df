import { StudioError } from '../../../contract/index.ts';
import type { Address } from './kernels.ts';

const PAGE = 65536;
/** 32-bit addresses: 65,536 pages. */
const MOST_PAGES = 65536;
/** Vectors and cache lines start at multiples of this. */
const ALIGNMENT = 64;

/** Memory that only grows; `reset` forgets what was taken, so that another network can have it. */
export class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1, maximum: MOST_PAGES });
  #top = ALIGNMENT;

  /** Room for `count` float32 numbers. Views must be taken after the last call, since growing detaches them. */
  take(count: number): Address {
    const address = this.#top;
    this.#top = Math.ceil((address + 4 * count) / ALIGNMENT) * ALIGNMENT;
    const missing = Math.ceil((this.#top - this.memory.buffer.byteLength) / PAGE);
    if (missing > 0) {
      try {
        this.memory.grow(missing);
      } catch (cause) {
        throw new StudioError({
          code: 'training.out-of-memory',
          message: `Training this network needs more than ${Math.round(this.#top / 1e6)} MB for one thread’s batch, which could not be had.`,
          remedy: 'Choose a smaller batch, a smaller input or a smaller network.',
          details: { bytes: this.#top },
          cause,
        });
      }
    }
    return address;
  }

  reset(): void {
    this.#top = ALIGNMENT;
  }

  /** Bytes taken. */
  get used(): number {
    return this.#top;
  }
}
