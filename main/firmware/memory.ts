import type { Board } from '../boards/index.ts';

/** A stretch of memory as the linker uses it: one region of the board, or several that touch. */
export interface LinkRegion {
  readonly name: 'FLASH' | 'RAM' | 'RAM_2' | 'RAM_3' | 'RAM_4';
  /** The board file's names of what it consists of. */
  readonly parts: readonly string[];
  readonly kind: 'flash' | 'ram';
  readonly start: number;
  readonly sizeBytes: number;
}

/** What of RAM an image needs. */
export interface MemoryNeed {
  /** The model's static memory; several pieces where its arena is spread, the first with the driver's variables. */
  readonly modelPieces: readonly number[];
  /** Stack, link buffers and the firmware's own variables. */
  readonly firmwareBytes: number;
}

/** Where things go. */
export interface LinkMemory {
  readonly flash: LinkRegion;
  /** RAM that something is put into: `RAM` for the model, or the first of its pieces; then the others. */
  readonly rams: readonly LinkRegion[];
  /** Which of `rams` holds each of the model's pieces, and which the firmware. */
  readonly pieces: readonly LinkRegion['name'][];
  readonly firmware: LinkRegion['name'];
}

/** A RAM that may hold activations, or several that touch. */
export interface RamStretch {
  readonly parts: readonly string[];
  readonly start: number;
  readonly sizeBytes: number;
  /** Bytes and wait states of its parts, from its start on. */
  readonly speeds: readonly (readonly [bytes: number, waitStates: number])[];
}

/** What the linker may lose to alignment. */
const SLACK_BYTES = 64;
const ramNames = ['RAM', 'RAM_2', 'RAM_3', 'RAM_4'] as const;

/**
 * How an image lies in the board's memories: code where the chip starts (the first Flash region and what touches it), the
 * model in the fastest memory that holds it, or spread over several as its pieces say; the firmware beside it where there
 * is room, else where it costs least. Where nothing holds them, the largest memory is taken and the linker says what is missing.
 */
export function linkMemory(board: Board, need: MemoryNeed): LinkMemory {
  const stretches = ramStretches(board);
  const flash = flashRegion(board);
  if (flash === null || stretches.length === 0)
    throw new Error(`board ${board.id} has no Flash or no RAM for activations`);
  const [best] = assignments(stretches.length, need.modelPieces.length)
    .filter((assignment) => isPossible(stretches, need, assignment))
    .map((assignment) => ({ assignment, cost: costOf(stretches, need, assignment) }))
    .sort((a, b) => compare(a.cost, b.cost));
  const { pieces, firmware } = best?.assignment ?? fallback(stretches, need.modelPieces.length);
  const used = [...new Set([...pieces, firmware])];
  const nameOf = (stretch: number): LinkRegion['name'] => ramNames[used.indexOf(stretch)] ?? 'RAM';
  return {
    flash,
    rams: used.flatMap((index) => {
      const stretch = stretches[index];
      if (stretch === undefined) return [];
      const { parts, start, sizeBytes } = stretch;
      return [{ name: nameOf(index), parts, kind: 'ram' as const, start, sizeBytes }];
    }),
    pieces: pieces.map(nameOf),
    firmware: nameOf(firmware),
  };
}

/** By index: the stretch of each piece, all of them different, and that of the firmware. */
interface Assignment {
  readonly pieces: readonly number[];
  readonly firmware: number;
}

function assignments(stretches: number, pieces: number): Assignment[] {
  const indices = Array.from({ length: stretches }, (_, index) => index);
  let chosen: number[][] = [[]];
  for (let piece = 0; piece < pieces; piece++) {
    chosen = chosen.flatMap((before) => indices.filter((index) => !before.includes(index)).map((i) => [...before, i]));
  }
  return chosen.flatMap((each) => indices.map((firmware) => ({ pieces: each, firmware })));
}

function loadOf(need: MemoryNeed, { pieces, firmware }: Assignment, stretch: number): number {
  const piece = pieces.indexOf(stretch);
  return (piece < 0 ? 0 : (need.modelPieces[piece] ?? 0)) + (firmware === stretch ? need.firmwareBytes : 0);
}

function isPossible(stretches: readonly RamStretch[], need: MemoryNeed, assignment: Assignment): boolean {
  return stretches.every(({ sizeBytes }, index) => {
    const load = loadOf(need, assignment, index);
    return load === 0 || load + SLACK_BYTES <= sizeBytes;
  });
}

/** Bytes times wait states; then the larger memory for the model; then a memory of its own for the firmware. */
type Cost = readonly [waits: number, freeAfter: number, shared: number];

function costOf(stretches: readonly RamStretch[], need: MemoryNeed, assignment: Assignment): Cost {
  const waits = stretches.reduce((sum, stretch, index) => sum + waitsFor(stretch, loadOf(need, assignment, index)), 0);
  const model = assignment.pieces.reduce((sum, index) => sum + (stretches[index]?.sizeBytes ?? 0), 0);
  return [waits, -model, assignment.pieces.includes(assignment.firmware) ? 1 : 0];
}

const compare = (a: Cost, b: Cost): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** Of so many bytes from the start of a stretch on. */
function waitsFor({ speeds }: RamStretch, bytes: number): number {
  let left = bytes;
  return speeds.reduce((sum, [size, waitStates]) => {
    const here = Math.min(left, size);
    left -= here;
    return sum + here * waitStates;
  }, 0);
}

/** The largest for the model, the next ones for further pieces; the firmware in the largest that is left. */
function fallback(stretches: readonly RamStretch[], pieces: number): Assignment {
  const bySize = stretches
    .map(({ sizeBytes }, index) => ({ sizeBytes, index }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes);
  const indices = bySize.map(({ index }) => index);
  const model = Array.from({ length: pieces }, (_, piece) => indices[Math.min(piece, indices.length - 1)] ?? 0);
  return { pieces: model, firmware: indices[pieces] ?? indices[0] ?? 0 };
}

/** The first Flash region, where the chip starts, and what touches it. */
export function flashRegion(board: Board): LinkRegion | null {
  const [first] = stretchesOf(board.memory.filter(({ kind }) => kind === 'flash'));
  return first === undefined
    ? null
    : { name: 'FLASH', parts: first.parts, kind: 'flash', start: first.start, sizeBytes: first.sizeBytes };
}

/** RAM that may hold activations; regions that touch are one, as a buffer can lie across them. */
export const ramStretches = (board: Board): RamStretch[] =>
  stretchesOf(board.memory.filter(({ kind, activations }) => kind === 'ram' && activations));

/** Those that touch joined, in the order of the board file's first of each. */
function stretchesOf(regions: Board['memory']): RamStretch[] {
  const joined: RamStretch[] = [];
  for (const { name, start, sizeBytes, waitStates } of regions.toSorted((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    const speed = [sizeBytes, waitStates] as const;
    if (last !== undefined && last.start + last.sizeBytes === start) {
      joined[joined.length - 1] = {
        ...last,
        parts: [...last.parts, name],
        sizeBytes: last.sizeBytes + sizeBytes,
        speeds: [...last.speeds, speed],
      };
    } else joined.push({ parts: [name], start, sizeBytes, speeds: [speed] });
  }
  const rank = (stretch: RamStretch): number => regions.findIndex(({ name }) => stretch.parts.includes(name));
  return joined.sort((a, b) => rank(a) - rank(b));
}
