/**
 * DEPTHWISE_CONV_2D from planar rows: the producer writes channel after channel with the padding in place, so that
 * neighbouring columns come in one word and nothing is gathered. Kernels up to 7 taps wide, any height, stride 1 to 4.
 * A dilated kernel is a wider one with zeros between its columns, and skips rows.
 *
 * Taps that only ever meet padding (a 7×7 kernel on a 3×3 image) are dropped: they take neither Flash nor time. Where it is
 * cheaper, rows outside the image are skipped, and in short rows the products with columns outside are left out: see
 * `bestForm`.
 */
import {
  imageShapeOf,
  inputOf,
  outputOf,
  zeroPointOf,
  type DepthwiseConv2d,
  type Model,
} from '../../../graph/index.ts';
import { hwc, type KernelMaker, type KernelVariant, type PlanarLayout, type RowLayout } from '../kernel.ts';
import { withTwin } from './assembly.ts';
import { finishFor, liveTaps, weightedData, type LiveTaps } from './convolutionData.ts';
import { depthwiseAssembly, depthwiseCodeBytes, DEPTHWISE_PARAMETERS } from './depthwiseAssembly.ts';
import { depthwiseCycles } from './depthwiseCost.ts';
import { gathered } from './gathered.ts';
import { halfOf, weightBytes, writeWeights } from './depthwiseRecord.ts';
import { isResident, isShortRow, isUnsigned, tilesOf, type DepthwiseShape } from './depthwiseShape.ts';
import { wordsOfTile } from './depthwiseTile.ts';
import {
  addendOf,
  channelParameters,
  finishInC,
  finishName,
  isConstantChannel,
  parameterWords,
  traitsOf,
} from './finish.ts';
import { outputStrides } from './macBlock.ts';
import type { Requantization } from './requantization.ts';
import { finishHelpers } from './shared.ts';

interface Geometry {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly channels: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly kernelH: number;
  readonly kernelW: number;
  readonly multiplier: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly vertical: LiveTaps;
  /** Of the kernel's columns. */
  readonly columns: LiveTaps;
  /** The same with the columns between them that are zeros. */
  readonly horizontal: LiveTaps;
}

const text = String;
/** Flash of the compiled entry. */
const ENTRY_BYTES = 12;

export const dspDepthwise: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'depthwise_conv2d' || operator.strideW > 4) return [];
  const geometry = geometryOf(model, operator);
  if (geometry.horizontal.count > 7 || geometry.vertical.count > 11) return [];
  // A window that starts inside the image would need a negative padding in the layout.
  if (geometry.horizontal.before < 0 || geometry.vertical.before < 0) return [];
  if (3 * geometry.channels > 4095) return [];
  const data = weightedData(model, operator);
  if (data === 'unfit') return [];
  const finish = finishFor(model, operator, data);
  const [packed, widened] = [false, true].map((wide) => variant(model, operator, geometry, finish, wide));
  return [packed, widened, ...gathered(model, operator, packed)];
};

function geometryOf(model: Model, operator: DepthwiseConv2d): Geometry {
  const input = imageShapeOf(inputOf(model, operator));
  const output = imageShapeOf(outputOf(model, operator));
  const [, kernelH = 1, kernelW = 1] = inputOf(model, operator, 1).shape;
  const { strideH, strideW, dilationH, dilationW, padding } = operator;
  const across = [padding.left, input.width, output.width] as const;
  return {
    multiplier: operator.depthMultiplier,
    dilationH,
    dilationW,
    inputHeight: input.height,
    inputWidth: input.width,
    outputHeight: output.height,
    outputWidth: output.width,
    channels: output.channels,
    strideH,
    strideW,
    kernelH,
    kernelW,
    vertical: liveTaps(kernelH, strideH, padding.top, input.height, output.height, dilationH),
    columns: liveTaps(kernelW, strideW, ...across, dilationW),
    horizontal: liveTaps((kernelW - 1) * dilationW + 1, strideW, ...across),
  };
}

/** What is done about padding. */
interface PaddingForm {
  /** The rows have none: products with it are left out. */
  readonly isBare: boolean;
  /** Rows outside the image are skipped; see `DepthwiseShape`. */
  readonly steadyRow: number | null;
}

const PADDED: PaddingForm = { isBare: false, steadyRow: null };

const tapsOf = ({ horizontal }: Geometry): number => (horizontal.count <= 3 ? 3 : horizontal.count <= 5 ? 5 : 7);

function shapeFor(
  geometry: Geometry,
  layout: PlanarLayout,
  output: RowLayout,
  widened: boolean,
  { isBare, steadyRow }: PaddingForm,
): DepthwiseShape {
  const { vertical, horizontal, strideW, outputWidth, channels } = geometry;
  return {
    rows: vertical.count,
    taps: tapsOf(geometry),
    stride: strideW,
    outputWidth,
    channels,
    multiplier: geometry.multiplier,
    rowStep: geometry.dilationH,
    channelBytes: layout.channelBytes,
    widened,
    bare: isBare ? { before: horizontal.before, columns: geometry.inputWidth } : null,
    steadyRow,
    outputStrides: outputStrides(output, channels),
  };
}

const roundUp = (bytes: number): number => (bytes + 3) & ~3;

/** Which rows of the input a step's kernel rows meet. */
function rowsInside({ inputHeight, outputHeight, strideH, dilationH, vertical }: Geometry): {
  /** On average. */
  readonly mean: number;
  /** One that is never outside, or null. */
  readonly steady: number | null;
} {
  const outside = Array.from({ length: vertical.count }, (_, row) => {
    let count = 0;
    for (let step = 0; step < outputHeight; step++) {
      const at = step * strideH - vertical.before + row * dilationH;
      if (at < 0 || at >= inputHeight) count++;
    }
    return count;
  });
  const steady = outside.indexOf(0);
  const mean = vertical.count - outside.reduce((sum, count) => sum + count, 0) / outputHeight;
  return { mean, steady: steady < 0 ? null : steady };
}

/**
 * The window of output 0 begins on a word; what a tile reads of its last words is inside the row. Short rows have no
 * padding.
 */
function inputLayout(geometry: Geometry, { isBare }: PaddingForm): PlanarLayout {
  const { inputWidth, outputWidth, strideW, horizontal, channels } = geometry;
  if (isBare) {
    const channelBytes = roundUp(inputWidth);
    return { kind: 'planar', padLeft: 0, channelBytes, rowBytes: (channels / geometry.multiplier) * channelBytes };
  }
  const right = Math.max(0, (outputWidth - 1) * strideW + horizontal.count - horizontal.before - inputWidth);
  const channelBytes = roundUp(inputWidth + Math.max(horizontal.before, right));
  const draft: PlanarLayout = { kind: 'planar', padLeft: horizontal.before, channelBytes, rowBytes: 0 };
  const shape = shapeFor(geometry, draft, hwc, false, PADDED);
  const { loops, looped, straight } = tilesOf(shape);
  const last = straight[0]?.outputs ?? 0;
  const reach = (first: number, outputs: number): number =>
    outputs === 0 ? 0 : first * strideW + 4 * wordsOfTile({ taps: shape.taps, stride: strideW, outputs });
  const read = Math.max(
    reach(Math.max(0, loops - 1) * looped, loops > 0 ? looped : 0),
    reach(loops * looped, last),
    horizontal.before + inputWidth + right,
    channelBytes + horizontal.before,
  );
  return { ...draft, rowBytes: roundUp((channels / geometry.multiplier - 1) * channelBytes + read) };
}

/**
 * The form with the fewest cycles. Padding can be left out where its value is the type's least, as after an activation:
 * then 128 is added to all bytes, and padding counts for nothing.
 */
function bestForm(
  model: Model,
  operator: DepthwiseConv2d,
  geometry: Geometry,
  finish: Requantization,
  widened: boolean,
): { readonly form: PaddingForm; readonly cycles: number } {
  const { mean, steady } = rowsInside(geometry);
  const isPossible = zeroPointOf(inputOf(model, operator)) === -128 && hasRoomForUnsigned(finish);
  const resident = isResident({ rows: geometry.vertical.count, taps: tapsOf(geometry) });
  const skips = isPossible && !resident && steady !== null && mean < geometry.vertical.count;
  const forms: PaddingForm[] = [false, ...(isPossible && isShortRow(geometry) ? [true] : [])].flatMap((isBare) => [
    { isBare, steadyRow: null },
    ...(skips ? [{ isBare, steadyRow: steady }] : []),
  ]);
  const priced = forms.map((form) => {
    const shape = shapeFor(geometry, inputLayout(geometry, form), hwc, widened, form);
    return { form, cycles: depthwiseCycles(shape, finish.kind, mean) };
  });
  return priced.reduce((best, each) => (each.cycles < best.cycles ? each : best));
}

/** Beside the exponent, the offset of an exact finish has 24 bits; twice 128 times the weights of any kernel are 22. */
const hasRoomForUnsigned = ({ kind, channels }: Requantization): boolean =>
  kind !== 'exact' || channels.every(({ offset }) => Math.abs(offset) < 2 ** 22);

function variant(
  model: Model,
  operator: DepthwiseConv2d,
  geometry: Geometry,
  finish: Requantization,
  widened: boolean,
): KernelVariant {
  const { kind } = finish;
  const { inputHeight, inputWidth, outputHeight, outputWidth, channels, strideH, strideW, vertical, horizontal } =
    geometry;
  const { form, cycles } = bestForm(model, operator, geometry, finish, widened);
  const { steadyRow } = form;
  const layout = inputLayout(geometry, form);
  const shape = shapeFor(geometry, layout, hwc, widened, form);
  const reach = (vertical.count - 1) * geometry.dilationH + 1;
  const firstRow = (step: number): number => step * strideH - vertical.before;
  const outside = firstRow(0) < 0 || firstRow(outputHeight - 1) + reach > inputHeight;
  const size = `${text(vertical.count)}x${text(horizontal.count)}`;
  const { dilationH, dilationW, multiplier } = geometry;
  const dilation = dilationH * dilationW > 1 ? `_d${text(dilationH)}x${text(dilationW)}` : '';
  const times = multiplier > 1 ? `_m${text(multiplier)}` : '';
  const name = `depthwise${size}_s${text(strideH)}x${text(strideW)}${dilation}${times}_p${text(horizontal.before)}_${text(inputWidth)}to${text(outputWidth)}x${text(channels)}${widened ? '_wide' : ''}${form.isBare ? '_bare' : ''}${steadyRow === null ? '' : `_skip${text(steadyRow)}`}`;
  const words = parameterWords(kind);
  return {
    name: `${name}_h${text(outputHeight)}_${kind}_m4`,
    steps: outputHeight,
    inputs: [{ count: reach, first: firstRow }],
    inputLayouts: [layout],
    outputs: [{ count: 1, first: (step) => step }],
    writesPlanar: true,
    scratchBytes: 0,
    stateBytes: 0,
    edgeRowBytes: outside && steadyRow === null ? layout.rowBytes : 0,
    constantBytes: (channels * (weightBytes(shape) + 4 * words) + 3) & ~3,
    codeBytes: 0,
    sharedCode: [{ name: `${name}_${finishName(finish)}`, bytes: depthwiseCodeBytes(shape, finish) + ENTRY_BYTES }],
    cycles: Math.round(outputHeight * cycles),
    emit: ({ inputs: [given = layout], outputs: [output = hwc] }) => {
      const data = weightedData(model, operator);
      if (typeof data === 'string') throw new TypeError(`${operator.name}: no data for its weights`);
      if (given.kind !== 'planar') throw new TypeError(`${operator.name}: needs planar rows`);
      const { weights, requantization } = data;
      const emitted = shapeFor(geometry, given, output, widened, form);
      const where = output.kind === 'hwc' ? 'hwc' : `p${text(output.channelBytes)}_${text(output.padLeft)}`;
      const entry = `${name}_c${text(given.channelBytes)}_${where}_${finishName(requantization)}_m4`;
      const rows = `${entry}_row`;
      const what = `${size} depthwise convolution, stride ${text(strideH)}x${text(strideW)}, ${text(channels)} channels`;
      const how = isResident(emitted)
        ? 'Four outputs at a time, all weights of a channel in registers.'
        : `Several outputs at a time; a kernel row's weights are ${widened ? 'loaded' : 'unpacked'} for each.`;
      return {
        functions: [
          finishHelpers,
          {
            name: rows,
            code: `/* ${what}: the loops. ${how} */\n${withTwin(
              depthwiseAssembly(rows, emitted, requantization),
              depthwiseTwin(rows, emitted, requantization),
            )}`,
          },
          {
            name: entry,
            code: `/* ${what}: a row of ${text(outputWidth)} pixels, ${text(outputWidth * channels * vertical.count * horizontal.count)} MACs, from planar rows. */
void ${entry}(const model_step *step) {
  ${rows}(step->in, (const uint8_t *)step->constants, step->out[0]${output.kind === 'planar' ? ` + ${text(output.padLeft)}` : ''});
}
`,
          },
        ],
        constants: pack(geometry, emitted, weights, requantization),
      };
    },
  };
}

/** The records of all channels. */
function pack(
  { kernelW, channels, vertical, columns, horizontal, dilationW }: Geometry,
  shape: DepthwiseShape,
  weights: Int8Array,
  requantization: Requantization,
): Uint8Array {
  const words = parameterWords(requantization.kind);
  const record = weightBytes(shape) + 4 * words;
  const stream = new DataView(new ArrayBuffer(channels * record));
  for (let channel = 0; channel < channels; channel++) {
    const start = channel * record;
    const constant = isConstantChannel(requantization, channel);
    const weightAt = (row: number, column: number): number => {
      if (constant || !Number.isInteger(column) || column < 0 || column >= columns.count) return 0;
      const at = (vertical.first + row) * kernelW + columns.first + column;
      return weights[at * channels + channel] ?? 0;
    };
    writeWeights(shape, stream, start, (row, tap) =>
      weightAt(row, (horizontal.first + tap) / dilationW - columns.first),
    );
    let sum = 0;
    for (let row = 0; row < vertical.count; row++)
      for (let column = 0; column < columns.count; column++) sum += weightAt(row, column);
    // The channel's bias is made for signed inputs, of which each is 128 less.
    const bias = isUnsigned(shape) ? -128 * sum : 0;
    channelParameters(requantization, channel, bias).forEach((parameter, index) => {
      stream.setInt32(start + weightBytes(shape) + 4 * index, parameter, true);
    });
  }
  return new Uint8Array(stream.buffer);
}

function depthwiseTwin(name: string, shape: DepthwiseShape, requantization: Requantization): string {
  const { channel, pixel } = shape.outputStrides;
  const words = parameterWords(requantization.kind);
  const parameters = Array.from(
    { length: words },
    (_, index) => `((const model_unaligned *)(stream + ${text(weightBytes(shape) + 4 * index)}))->word`,
  );
  const { rows, taps, widened } = shape;
  const places = Array.from({ length: rows * taps }, (_, tap) => halfOf(shape, Math.floor(tap / taps), tap % taps));
  const weight = widened
    ? `((const model_half *)(const void *)stream)[place[row * ${text(taps)} + tap]]`
    : `(int8_t)stream[row * ${text(taps)} + tap]`;
  const row = `rows[${shape.rowStep > 1 ? `row * ${text(shape.rowStep)}` : 'row'}]`;
  const { bare, steadyRow } = shape;
  const unsigned = isUnsigned(shape);
  const column = `x * ${text(shape.stride)} + tap${bare === null || bare.before === 0 ? '' : ` - ${text(bare.before)}`}`;
  const conditions = [
    ...(steadyRow === null ? [] : [row]),
    ...(bare === null ? [] : [`${column} >= 0`, `${column} < ${text(bare.columns)}`]),
  ];
  const product = `${conditions.length === 0 ? '' : `\n          if (${conditions.join(' && ')})`}
            sum += ${unsigned ? '(' : ''}${row}[${shape.multiplier > 1 ? `c / ${text(shape.multiplier)}` : 'c'} * ${text(shape.channelBytes)} + ${column}]${unsigned ? ' + 128)' : ''} * ${weight};`;
  return `static void ${name}(${DEPTHWISE_PARAMETERS}) {
${widened ? `  static const uint8_t place[] = {${places.join(', ')}};\n` : ''}  for (int c = 0; c < ${text(shape.channels)}; c++, stream += ${text(weightBytes(shape) + 4 * words)}) {
    const model_word p[] = {${parameters.join(', ')}};
    for (int x = 0; x < ${text(shape.outputWidth)}; x++) {
      int32_t sum = 0;
      for (int row = 0; row < ${text(rows)}; row++)
        for (int tap = 0; tap < ${text(taps)}; tap++)${product}
      out[c * ${text(channel)} + x * ${text(pixel)}] = ${finishInC(traitsOf(requantization), 'sum', String(addendOf(requantization)))};
    }
  }
}`;
}
