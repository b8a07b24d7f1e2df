/**
 * Where a segment's items go. Almost every segment is plain: one tensor comes in and dies, one is made and goes out,
 * all the rest (rings, scratch, state, what only passes by) takes its room for all of the segment's time. Then the
 * best is known: all the rest one after the other, and what goes out so far below what comes in that no row is written
 * over one that lives. Other segments are packed by trial.
 */
import { delayOf, packItems, type Packing } from './pack.ts';
import type { Item } from './segment.ts';

const WORK_ALIGNMENT = 16;
const TENSOR_ALIGNMENT = 4;

export const alignTo = (bytes: number, alignment: number): number => Math.ceil(bytes / alignment) * alignment;

export function placeItems(items: readonly Item[]): Packing {
  const dying = items.flatMap((item, index) => (item.comesIn && !item.goesOut ? [index] : []));
  const growing = items.flatMap((item, index) => (item.goesOut && !item.comesIn ? [index] : []));
  if (dying.length > 1 || growing.length > 1) return packItems(items);
  return placePlainly(items, dying[0] ?? -1, growing[0] ?? -1);
}

function placePlainly(items: readonly Item[], dying: number, growing: number): Packing {
  const offsets = new Array<number>(items.length).fill(0);
  let bytes = 0;
  for (const alignment of [WORK_ALIGNMENT, TENSOR_ALIGNMENT]) {
    items.forEach((item, index) => {
      if (index === dying || index === growing || item.alignment !== alignment) return;
      offsets[index] = bytes;
      bytes += alignTo(item.bytes, alignment);
    });
  }
  const [input, output] = [items[dying], items[growing]];
  const delay = input === undefined || output === undefined ? 0 : delayOf(input, output);
  const gap = alignTo(Math.max(0, delay), TENSOR_ALIGNMENT);
  if (growing >= 0) offsets[growing] = bytes;
  if (dying >= 0) offsets[dying] = bytes + gap;
  const total = bytes + spanOf(input?.bytes ?? 0, output?.bytes ?? 0, gap);
  return { offsets, bytes: total, lowerBound: total };
}

/** Room for what goes out, and `gap` bytes above its start what comes in. */
export function spanOf(inputBytes: number, outputBytes: number, gap: number): number {
  return alignTo(Math.max(outputBytes, gap + inputBytes), TENSOR_ALIGNMENT);
}
