/** What the code of a depthwise kernel depends on, and how it cuts a row of outputs into tiles. */
import type { TileShape } from './depthwiseTile.ts';

export interface DepthwiseShape {
  readonly rows: number;
  /** 3, 5 or 7; a narrower kernel has zero taps. */
  readonly taps: number;
  readonly stride: number;
  readonly outputWidth: number;
  readonly channels: number;
  /** Output channels of each input channel. */
  readonly multiplier: number;
  /** Of the rows that are handed over, every so manieth takes part (vertical dilation). */
  readonly rowStep: number;
  /** Bytes from a channel to the next in an input row. */
  readonly channelBytes: number;
  /** The weights are int16 in Flash, in the pairs that the products take: nothing is unpacked. */
  readonly widened: boolean;
  /** Where the rows have no padding in them: how many columns a window begins before its row, and the row's columns. */
  readonly bare: { readonly before: number; readonly columns: number } | null;
  /**
   * Where rows outside the image are NULL and skipped: a row of the kernel that never lies outside. Null where they are
   * rows of zero points.
   */
  readonly steadyRow: number | null;
  /** Bytes between the outputs of neighbouring channels and pixels. */
  readonly outputStrides: { readonly channel: number; readonly pixel: number };
}

/** The weights of a 3×3 kernel fit in registers. */
export const isResident = ({ rows, taps }: Pick<DepthwiseShape, 'rows' | 'taps'>): boolean => rows <= 3 && taps === 3;

const TILE = 4;

/** The most outputs that straight code makes at once. */
const mostAtOnce = (shape: Pick<DepthwiseShape, 'rows' | 'taps'>): number =>
  isResident(shape) ? TILE : shape.taps === 7 ? 5 : 7;

/**
 * True for rows so short that they are one or two tiles of straight code: then each product's column is known, those with
 * the padding are left out, and the row needs none.
 */
export const isShortRow = ({ outputWidth }: Pick<DepthwiseShape, 'outputWidth'>): boolean => outputWidth < 2 * TILE;

/** Neighbouring outputs that are made at once by straight code. */
export interface StraightTile {
  readonly first: number;
  readonly outputs: number;
}

/** Outputs of the looped tile, how often, and the tiles after the loop. */
export interface Tiles {
  readonly loops: number;
  readonly looped: number;
  readonly straight: readonly StraightTile[];
}

export function tilesOf(shape: Pick<DepthwiseShape, 'rows' | 'taps' | 'outputWidth' | 'bare'>): Tiles {
  const { outputWidth } = shape;
  if (outputWidth <= mostAtOnce(shape)) return { loops: 0, looped: 0, straight: [{ first: 0, outputs: outputWidth }] };
  if (shape.bare !== null) {
    const outputs = Math.ceil(outputWidth / 2);
    const straight = [
      { first: 0, outputs },
      { first: outputs, outputs: outputWidth - outputs },
    ];
    return { loops: 0, looped: 0, straight };
  }
  const [loops, rest] = [Math.floor(outputWidth / TILE), outputWidth % TILE];
  return { loops, looped: TILE, straight: rest > 0 ? [{ first: outputWidth - rest, outputs: rest }] : [] };
}

/** Padding that is left out must count for nothing: the bytes are taken as unsigned, 0 being the zero point. */
export const isUnsigned = ({ bare, steadyRow }: Pick<DepthwiseShape, 'bare' | 'steadyRow'>): boolean =>
  bare !== null || steadyRow !== null;

/** A tile of the loop, or a straight one. */
export function tileShape(shape: DepthwiseShape, outputs: number, first: number): TileShape {
  const { taps, stride, bare } = shape;
  // In a padded row the loop has moved the pointers to the tile.
  const [before, columns] = bare === null ? [0, Infinity] : [bare.before - first * stride, bare.columns];
  return { taps, stride, outputs, before, columns, unsigned: isUnsigned(shape) };
}

/** Instructions for the first of the output channels that share an input channel's rows; `counter` is overwritten. */
export function oncePerInput(
  { multiplier }: DepthwiseShape,
  counter: string,
  slot: string,
  instructions: readonly string[],
): string[] {
  if (multiplier === 1) return [...instructions];
  return [
    `ldr ${counter}, ${slot}`,
    `subs ${counter}, ${counter}, #1`,
    'bne 9f',
    ...instructions,
    `mov ${counter}, #${String(multiplier)}`,
    '9:',
    `str ${counter}, ${slot}`,
  ];
}
