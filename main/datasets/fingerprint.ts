import { createHash } from 'node:crypto';
import type { InputShape } from '../core/architecture/index.ts';
import type { Split } from './dataset.ts';

/** SHA-256 over shape, classes, and every split's labels and samples, in hexadecimal. */
export function fingerprintOf(shape: InputShape, classes: readonly string[], splits: readonly Split[]): string {
  const hash = createHash('sha256').update(JSON.stringify([shape, classes]));
  for (const { labels, samples } of splits) {
    hash.update(Buffer.from(labels.buffer, labels.byteOffset, labels.byteLength));
    hash.update(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
  }
  return hash.digest('hex');
}

/** How many samples of each class a split holds. */
export function countLabels(labels: Uint16Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]++;
  return counts;
}
