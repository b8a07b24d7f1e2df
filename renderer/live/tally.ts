import type { LiveResult } from '../../main/contract/index.ts';

/** What the answers of one source come to so far. */
export interface Tally {
  readonly answers: number;
  /** Answers that equal the reference interpreter's in every byte. */
  readonly equal: number;
  /** Answers to samples whose class is known, and how many of those were right. */
  readonly labelled: number;
  readonly right: number;
  /** `confusion[label][predicted]` */
  readonly confusion: readonly (readonly number[])[];
  /** The board's times, the last few. */
  readonly recentMs: readonly number[];
  readonly stackBytes: number;
}

const keptTimes = 60;

export const noAnswers = (classes: number): Tally => ({
  answers: 0,
  equal: 0,
  labelled: 0,
  right: 0,
  confusion: Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0)),
  recentMs: [],
  stackBytes: 0,
});

export function withAnswer(tally: Tally, { label, predicted, equal, latencyMs, stackBytes }: LiveResult): Tally {
  return {
    answers: tally.answers + 1,
    equal: tally.equal + Number(equal),
    labelled: tally.labelled + Number(label !== null),
    right: tally.right + Number(label === predicted),
    confusion:
      label === null
        ? tally.confusion
        : tally.confusion.map((row, actual) =>
            actual === label ? row.map((count, column) => count + Number(column === predicted)) : row,
          ),
    recentMs: [...tally.recentMs, latencyMs].slice(-keptTimes),
    stackBytes: Math.max(tally.stackBytes, stackBytes),
  };
}

export function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const high = sorted[half];
  const low = sorted[sorted.length % 2 === 0 ? half - 1 : half];
  return high === undefined || low === undefined ? null : (low + high) / 2;
}
