import type { InputShape } from '../architecture/index.ts';
import { createRandom } from '../random/index.ts';
import { drawVariation, type Variation } from './augment.ts';
import { sampleBytes, type LabelledSamples } from './data.ts';
import type { Recipe } from './recipe.ts';
import type { Resizer } from './resizing.ts';
import { SampleOrder } from './sampling.ts';

/** Which part of each batch a worker takes: number `index` of `count` equal parts. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Samples of one share of a batch: shares differ by one at most. */
export function shareOf(batch: number, { index, count }: Share): { readonly from: number; readonly to: number } {
  return { from: Math.floor((batch * index) / count), to: Math.floor((batch * (index + 1)) / count) };
}

/** A share of a batch. The arrays are used again for the next one. */
export interface Batch {
  readonly samples: Uint8Array;
  readonly labels: Uint16Array;
  readonly count: number;
  readonly variations: readonly Variation[];
}

/**
 * The batches of a training, in any order in which they are asked for: which samples a step takes and how they are
 * varied is decided by the seed and the step's number alone.
 */
export class BatchSource {
  readonly #train: LabelledSamples;
  readonly #recipe: Recipe;
  readonly #shape: InputShape;
  readonly #seed: number;
  readonly #order: SampleOrder;
  readonly #from: number;
  readonly #resizer: Resizer | null;
  readonly #samples: Uint8Array;
  readonly #labels: Uint16Array;
  /** Samples of the share. */
  readonly count: number;

  /**
   * @param shape of the batches' samples
   * @param resizer what makes them of the split's; null where they have that shape already
   */
  constructor(
    train: LabelledSamples,
    recipe: Recipe,
    shape: InputShape,
    seed: number,
    share: Share,
    resizer: Resizer | null = null,
  ) {
    const { from, to } = shareOf(recipe.batch, share);
    this.#train = train;
    this.#recipe = recipe;
    this.#shape = shape;
    this.#seed = seed;
    this.#order = new SampleOrder(train.labels.length, seed);
    this.#from = from;
    this.#resizer = resizer;
    this.count = to - from;
    this.#samples = new Uint8Array(this.count * sampleBytes(shape));
    this.#labels = new Uint16Array(this.count);
  }

  batch(step: number): Batch {
    const size = sampleBytes(this.#shape);
    const variations: Variation[] = [];
    for (let i = 0; i < this.count; i++) {
      const position = step * this.#recipe.batch + this.#from + i;
      const index = this.#order.at(position);
      if (this.#resizer !== null) this.#resizer.resize(this.#train.samples, index, this.#samples, i);
      else this.#samples.set(this.#train.samples.subarray(index * size, (index + 1) * size), i * size);
      this.#labels[i] = this.#train.labels[index];
      const random = createRandom(this.#seed).fork(`sample ${position}`);
      variations.push(drawVariation(random, this.#recipe.augmentation, this.#shape));
    }
    return { samples: this.#samples, labels: this.#labels, count: this.count, variations };
  }
}
