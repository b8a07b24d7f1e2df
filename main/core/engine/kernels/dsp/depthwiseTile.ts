/**
 * The products of one kernel row with a tile of neighbouring outputs of one channel, for an input row of bytes.
 *
 * A word of four columns becomes E = (x0, x2) and O = (x1, x3) by two SXTB16. A tap pair (wa, wa+2) meets E or O in one
 * SMLAD; where only one tap of a lane pair is inside the window, SMLAxy takes the half. The tap pairs are at hand as
 * registers, or as registers with the halves swapped (SMLADX).
 */

/** A 16-bit half of a register. */
export interface Half {
  readonly register: string;
  readonly half: 'b' | 't';
}

/** Two taps, the lower one in the low half unless `swapped`. */
export interface TapPair {
  readonly register: string;
  readonly swapped: boolean;
}

/** Where the taps of a kernel row are. */
export interface TapRegisters {
  readonly tap: (index: number) => Half;
  /** Taps `index` and `index + 2`. */
  readonly pair: (index: number) => TapPair;
}

export interface TileShape {
  /** 3, 5 or 7. */
  readonly taps: number;
  readonly stride: number;
  readonly outputs: number;
  /** 128 is added to each byte, so that padding of -128 counts for nothing. */
  readonly unsigned: boolean;
  /** Columns of the first output's window before the first word; negative where it begins after that. */
  readonly before: number;
  /** Columns that the row has, where it has no padding; Infinity where the padding is in it. */
  readonly columns: number;
}

/** Words of a padded row that a tile reads. */
export const wordsOfTile = ({ taps, stride, outputs }: Pick<TileShape, 'taps' | 'stride' | 'outputs'>): number =>
  Math.ceil(((outputs - 1) * stride + taps) / 4);

/** The words of a row that take part in a tile. */
export function tileWords(shape: TileShape): number[] {
  const end = Math.ceil(Math.min(shape.columns, (shape.outputs - 1) * shape.stride + shape.taps - shape.before) / 4);
  return Array.from({ length: Math.max(0, end) }, (_, word) => word).filter(
    (word) => productsOfWord(shape, word).length > 0,
  );
}

/** One product instruction, or one for two products. */
interface Product {
  readonly output: number;
  /** E or O of the word. */
  readonly lanes: 'even' | 'odd';
  readonly tap: number;
  readonly kind: 'pair' | 'low' | 'high';
}

/** Everything that one word contributes to the outputs of the tile. */
export function productsOfWord(shape: TileShape, word: number): readonly Product[] {
  const { taps, stride, outputs, before, columns } = shape;
  const products: Product[] = [];
  for (const lanes of ['even', 'odd'] as const) {
    for (let output = 0; output < outputs; output++) {
      const column = 4 * word + (lanes === 'odd' ? 1 : 0);
      const tap = column + before - stride * output;
      const low = tap >= 0 && tap < taps && column < columns;
      const high = tap + 2 >= 0 && tap + 2 < taps && column + 2 < columns;
      if (low && high) products.push({ output, lanes, tap, kind: 'pair' });
      else if (low) products.push({ output, lanes, tap, kind: 'low' });
      else if (high) products.push({ output, lanes, tap: tap + 2, kind: 'high' });
    }
  }
  return products;
}

export interface TileRegisters {
  readonly accumulators: readonly string[];
  readonly even: string;
  readonly odd: string;
  readonly taps: TapRegisters;
  /** Holds `UNSIGNED`, where there is a register left for it. */
  readonly bias?: string;
}

/** 128 in both halves. */
export const UNSIGNED = 0x00800080;

/** Where a word of the row is: at an offset from a pointer, or at the pointer, which then moves on. */
export interface WordPlace {
  readonly pointer: string;
  readonly offset: number | 'post';
}

/** True where only the first two bytes of a word take part: they are loaded as such, which saves an unpacking. */
function isShort(shape: TileShape, word: number): boolean {
  return !shape.unsigned && productsOfWord(shape, word).every(({ kind }) => kind === 'low');
}

/** Loads and unpacks a word and multiplies. `fresh` holds the accumulators that have no value yet. */
export function multiplyWord(
  shape: TileShape,
  word: number,
  { pointer, offset }: WordPlace,
  registers: TileRegisters,
  fresh: Set<number>,
): string[] {
  const products = productsOfWord(shape, word);
  const { even, odd } = registers;
  const used = (lanes: 'even' | 'odd'): boolean => products.some((product) => product.lanes === lanes);
  const multiplied = products.map((product) => multiply(product, registers, fresh));
  if (offset !== 'post' && isShort(shape, word)) {
    return [
      ...(used('odd') ? [`ldrsb ${odd}, [${pointer}, #${String(offset + 1)}]`] : []),
      ...(used('even') ? [`ldrsb ${even}, [${pointer}, #${String(offset)}]`] : []),
      ...multiplied,
    ];
  }
  const load = offset === 'post' ? `ldr ${even}, [${pointer}], #4` : `ldr ${even}, [${pointer}, #${String(offset)}]`;
  const { bias } = registers;
  const unpack = (to: string, rotate: string): string =>
    !shape.unsigned
      ? `sxtb16 ${to}, ${even}${rotate}`
      : bias === undefined
        ? `uxtb16 ${to}, ${even}${rotate}`
        : `sxtab16 ${to}, ${bias}, ${even}${rotate}`;
  return [
    load,
    ...(shape.unsigned && bias === undefined ? [`eor ${even}, ${even}, #0x80808080`] : []),
    ...(used('odd') ? [unpack(odd, ', ror #8')] : []),
    ...(used('even') ? [unpack(even, '')] : []),
    ...multiplied,
  ];
}

/** Modelled cycles of all words of a tile row; `biased`: a register holds `UNSIGNED`. */
export function tileRowCycles(shape: TileShape, biased: boolean): number {
  let cycles = shape.unsigned && !biased ? tileWords(shape).length : 0;
  for (const word of tileWords(shape)) {
    const products = productsOfWord(shape, word);
    const lanes = new Set(products.map((product) => product.lanes)).size;
    cycles += products.length + (isShort(shape, word) ? 1 + lanes : 2 + lanes);
  }
  return cycles;
}

function multiply({ output, lanes, tap, kind }: Product, registers: TileRegisters, fresh: Set<number>): string {
  const sum = registers.accumulators[output] ?? '';
  const x = lanes === 'even' ? registers.even : registers.odd;
  const first = fresh.delete(output);
  if (kind === 'pair') {
    const { register, swapped } = registers.taps.pair(tap);
    const suffix = swapped ? 'x' : '';
    return first ? `smuad${suffix} ${sum}, ${x}, ${register}` : `smlad${suffix} ${sum}, ${x}, ${register}, ${sum}`;
  }
  const { register, half } = registers.taps.tap(tap);
  const halves = `${kind === 'low' ? 'b' : 't'}${half}`;
  return first ? `smul${halves} ${sum}, ${x}, ${register}` : `smla${halves} ${sum}, ${x}, ${register}, ${sum}`;
}
