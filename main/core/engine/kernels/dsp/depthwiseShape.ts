/** What the code of a depthwise kernel depends on, and how it cuts a row of outputs into tiles. */

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
  /** Bytes between the outputs of neighbouring channels and pixels. */
  readonly outputStrides: { readonly channel: number; readonly pixel: number };
}

/** The weights of a 3×3 kernel fit in registers. */
export const isResident = ({ rows, taps }: Pick<DepthwiseShape, 'rows' | 'taps'>): boolean => rows <= 3 && taps === 3;

const TILE = 4;

/** Outputs of the looped tile, how often, and of the one after the loop (0 where none). */
export function tilesOf(shape: DepthwiseShape): { loops: number; looped: number; last: number } {
  const most = isResident(shape) ? TILE : shape.taps === 3 ? 7 : shape.taps === 5 ? 7 : 5;
  if (shape.outputWidth <= most) return { loops: 0, looped: 0, last: shape.outputWidth };
  const looped = TILE;
  return { loops: Math.floor(shape.outputWidth / looped), looped, last: shape.outputWidth % looped };
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
