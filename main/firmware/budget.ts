import type { Board } from '../boards/index.ts';
import { flashRegion, ramStretches, type RamStretch } from './memory.ts';
import { firmwareSramBytes } from './modelNeeds.ts';

/** What of a board is left to a model: all its static memory on the one side, its code and constants on the other. */
export interface ModelBudget {
  /** In the one memory that leaves most of it. */
  readonly sramBytes: number;
  /** Memories over which a model can be spread that does not fit in one: the fastest first, or the largest first. */
  readonly sramPieces: readonly (readonly number[])[];
  readonly flashBytes: number;
  /** What the firmware keeps of those memories: stack, link, drivers. */
  readonly firmwareSramBytes: number;
  readonly firmwareFlashBytes: number;
}

/** Start-up, drivers, link, and what the generated driver calls of the C library. */
const FLASH_BYTES = 8 << 10;
/** Initialized data, and what the linker may lose to alignment. */
const BESIDE_BYTES = 128;

/**
 * The memory that an image of ours leaves to a model, so that what is planned within it links. `outputBytes` and
 * `operators` are the model's.
 */
export function modelBudget(
  board: Board,
  model: { readonly outputBytes: number; readonly operators: number },
): ModelBudget {
  const stretches = ramStretches(board);
  const firmware = firmwareSramBytes(board, model);
  const largest = stretches.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
  const [first] = largest;
  const elsewhere = largest.slice(1).some(({ sizeBytes }) => sizeBytes >= firmware + BESIDE_BYTES);
  const kept = elsewhere ? BESIDE_BYTES : firmware;
  const fastest = stretches.toSorted((a, b) => waits(a) - waits(b) || b.sizeBytes - a.sizeBytes);
  return {
    sramBytes: (first?.sizeBytes ?? 0) - kept,
    sramPieces: stretches.length < 2 ? [] : [fastest, largest].map((order) => piecesOf(order, firmware)),
    flashBytes: (flashRegion(board)?.sizeBytes ?? 0) - FLASH_BYTES,
    firmwareSramBytes: kept,
    firmwareFlashBytes: FLASH_BYTES,
  };
}

const waits = ({ speeds }: RamStretch): number => speeds[0]?.[1] ?? 0;

/** The firmware lives in the last memory that holds it, which is the least wanted one. */
function piecesOf(order: readonly RamStretch[], firmware: number): number[] {
  const home = order.findLastIndex(({ sizeBytes }) => sizeBytes >= firmware + BESIDE_BYTES);
  return order.map(({ sizeBytes }, index) => Math.max(0, sizeBytes - BESIDE_BYTES - (index === home ? firmware : 0)));
}
