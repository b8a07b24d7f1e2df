/** A plan's arena in several pieces, where no single memory of the board is large enough for it. */
import type { Plan, PlanBuffer } from '../plan.ts';

/** Every piece starts so, and what moves keeps its alignment. */
const ALIGNMENT = 16;
const up = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
const down = (bytes: number): number => Math.floor(bytes / ALIGNMENT) * ALIGNMENT;
const endOf = ({ offset, bytes }: PlanBuffer): number => offset + bytes;
const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

/**
 * The plan with its buffers in pieces of at most these bytes, in this order: whatever would not end within a piece moves to
 * the next one together with all that lies above it, so that what did not overlap does not overlap afterwards. No buffer
 * lies across a border. Null where they do not hold it.
 */
export function splitPlan(plan: Plan, capacities: readonly number[]): Plan | null {
  let buffers = plan.buffers;
  const pieces: number[] = [];
  let start = 0;
  for (const capacity of capacities) {
    const limit = start + down(capacity);
    const over = buffers.filter((buffer) => buffer.offset >= start && endOf(buffer) > limit);
    const [from, pieceEnd] =
      over.length === 0
        ? [Infinity, most(buffers.map(endOf))]
        : borderBelow(buffers, Math.min(...over.map(({ offset }) => offset)), start);
    pieces.push(up(pieceEnd) - start);
    if (from === Infinity) {
      const arenaPieces = pieces.filter((bytes) => bytes > 0);
      return { ...plan, buffers, arenaBytes: arenaPieces.reduce((sum, bytes) => sum + bytes, 0), arenaPieces };
    }
    const shift = up(pieceEnd) - down(from);
    buffers = buffers.map((buffer) => (buffer.offset >= from ? { ...buffer, offset: buffer.offset + shift } : buffer));
    start = up(pieceEnd);
  }
  return null;
}

/** What lies at `from` or above goes on to the next piece; the others end where the piece ends. */
function borderBelow(buffers: readonly PlanBuffer[], from: number, start: number): readonly [number, number] {
  return [from, most([start, ...buffers.filter(({ offset }) => offset < from).map(endOf)])];
}
