import type { Board } from '../boards/index.ts';

/** A stretch of memory as the linker uses it: one region of the board, or several that touch. */
export interface LinkRegion {
  readonly name: 'FLASH' | 'RAM' | 'FAST';
  /** The board file's names of what it consists of. */
  readonly parts: readonly string[];
  readonly kind: 'flash' | 'ram';
  readonly start: number;
  readonly sizeBytes: number;
}

/** Where things go. */
export interface LinkMemory {
  readonly flash: LinkRegion;
  /** The model's activations, and everything else that is not in `fast`. */
  readonly ram: LinkRegion;
  /** Stack and the firmware's own buffers, where the chip has a second memory without wait states; else null. */
  readonly fast: LinkRegion | null;
}

/** Less than this is not worth a region of its own: the stack and the link's buffers must fit. */
const LEAST_FAST_BYTES = 16 << 10;

/**
 * How an image lies in the board's memories: code where the chip starts (the first Flash region and what touches it), the
 * model's memory in the largest stretch that may hold activations.
 */
export function linkMemory(board: Board): LinkMemory {
  const flash = stretches(board, 'flash')[0];
  const rams = stretches(board, 'ram');
  const ram = [...rams].sort((a, b) => b.sizeBytes - a.sizeBytes)[0];
  if (flash === undefined || ram === undefined)
    throw new Error(`board ${board.id} has no Flash or no RAM for activations`);
  const fast = rams.find((region) => region !== ram && region.isFast && region.sizeBytes >= LEAST_FAST_BYTES);
  return {
    flash: named('FLASH', flash),
    ram: named('RAM', ram),
    fast: fast === undefined ? null : named('FAST', fast),
  };
}

type Stretch = Omit<LinkRegion, 'name'> & { readonly isFast: boolean };

const named = (name: LinkRegion['name'], { parts, kind, start, sizeBytes }: Stretch): LinkRegion => ({
  name,
  parts,
  kind,
  start,
  sizeBytes,
});

/** Regions of one kind, those that touch joined, in the order of the board file's first of each. */
function stretches(board: Board, kind: 'flash' | 'ram'): Stretch[] {
  const regions = board.memory.filter((region) => region.kind === kind && (kind === 'flash' || region.activations));
  const joined: Stretch[] = [];
  for (const region of [...regions].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last !== undefined && last.start + last.sizeBytes === region.start) {
      joined[joined.length - 1] = {
        ...last,
        parts: [...last.parts, region.name],
        sizeBytes: last.sizeBytes + region.sizeBytes,
        isFast: last.isFast && region.waitStates === 0,
      };
    } else {
      const { name, start, sizeBytes, waitStates } = region;
      joined.push({ parts: [name], kind, start, sizeBytes, isFast: waitStates === 0 });
    }
  }
  const rank = (stretch: Stretch): number => regions.findIndex(({ name }) => stretch.parts.includes(name));
  return joined.sort((a, b) => rank(a) - rank(b));
}
