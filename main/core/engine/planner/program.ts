/** A schedule as a short program: repeated stretches are told once. */
import type { StepGroup } from '../plan.ts';

const LONGEST_PERIOD = 64;

/** Groups with the same meaning as the sequence. Greedy: at each place the repetition that saves most. */
export function compressSequence(sequence: readonly number[]): StepGroup[] {
  const groups: StepGroup[] = [];
  let single: number[] = [];
  const flush = (): void => {
    if (single.length > 0) groups.push({ count: 1, operators: single });
    single = [];
  };
  let position = 0;
  while (position < sequence.length) {
    const { period, count } = bestRepetition(sequence, position);
    if (count < 2) {
      single.push(sequence[position] ?? 0);
      position++;
      continue;
    }
    flush();
    groups.push({ count, operators: sequence.slice(position, position + period) });
    position += period * count;
  }
  flush();
  return groups;
}

function bestRepetition(sequence: readonly number[], start: number): { period: number; count: number } {
  let best = { period: 1, count: 1 };
  let saved = 2; // What a group of its own costs.
  for (let period = 1; period <= LONGEST_PERIOD && start + 2 * period <= sequence.length; period++) {
    let end = start + period;
    while (end < sequence.length && sequence[end] === sequence[end - period]) end++;
    const count = Math.floor((end - start) / period);
    if ((count - 1) * period > saved) {
      saved = (count - 1) * period;
      best = { period, count };
    }
  }
  return best;
}

/** The sequence that the groups tell. */
export function expandProgram(groups: readonly StepGroup[]): number[] {
  return groups.flatMap(({ count, operators }) => Array.from({ length: count }, () => operators).flat());
}
