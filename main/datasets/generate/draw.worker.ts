import { parentPort, workerData } from 'node:worker_threads';
import { type DrawingName, drawings } from './drawings.ts';

/** Samples that one thread draws into shared memory. */
export interface RenderTask {
  readonly drawing: DrawingName;
  readonly size: number;
  readonly seed: number;
  readonly splits: readonly {
    readonly samples: Uint8Array;
    readonly labels: Uint16Array;
    /** Number of the split's first sample in the whole dataset. */
    readonly firstIndex: number;
  }[];
  /** This thread draws every sample whose position is `offset` modulo `stride`. */
  readonly offset: number;
  readonly stride: number;
}

const REPORT_EVERY = 100;

const { drawing, size, seed, splits, offset, stride } = workerData as RenderTask;
const renderer = drawings[drawing].createRenderer(size, seed);
const { height, width, channels } = drawings[drawing].shape(size);
const bytes = height * width * channels;
let done = 0;
for (const { samples, labels, firstIndex } of splits) {
  for (let i = offset; i < labels.length; i += stride) {
    renderer.render(firstIndex + i, labels[i], samples.subarray(i * bytes, (i + 1) * bytes));
    if (++done % REPORT_EVERY === 0) parentPort?.postMessage(REPORT_EVERY);
  }
}
parentPort?.postMessage(done % REPORT_EVERY);
