/**
 * CONV_2D with the blocks of `macBlock.ts`. What differs between the variants is where the widened input comes from:
 *
 * - pointwise (1×1): some pixels are widened into scratch, then multiplied. (`pointwise.ts` does what has input channels
 *   in fours.)
 * - windowed (k×k, few or many channels): each input row is widened once, with its horizontal padding, into a ring of
 *   k rows that the operator keeps as its state; a window's row is then contiguous. Each step reads only new rows.
 */
import {
  imageShapeOf,
  inputOf,
  outputOf,
  zeroPointOf,
  type Conv2d,
  type DepthwiseConv2d,
  type Model,
} from '../../../graph/index.ts';
import { hwc, type CFunction, type KernelMaker, type KernelVariant, type RowLayout } from '../kernel.ts';
import { everyRow } from '../../rows.ts';
import { finishFor, isDepthwiseOfOne, weightedData } from './convolutionData.ts';
import { finishName, parameterWords } from './finish.ts';
import {
  blockCodeBytes,
  blockCycles,
  blockFunction,
  canPack,
  canStore,
  packBlocks,
  type BlockShape,
} from './macBlock.ts';
import { denseVariants } from './fullyConnected.ts';
import { pointwiseVariants } from './pointwise.ts';
import type { FinishKind, Requantization } from './requantization.ts';
import { finishHelpers, widenGrouped, widenGroupedCode, widenPlain, widenPlainCode } from './shared.ts';

interface Geometry {
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  /** Rows from a window's first to its last, both included. */
  readonly spanH: number;
  readonly spanW: number;
  readonly top: number;
  readonly left: number;
  readonly block: BlockShape;
  readonly pointwise: boolean;
  /** Input columns that some window reads. */
  readonly used: number;
  /** The weights are in a depthwise kernel's order: tap after tap. */
  readonly tapMajor: boolean;
  /** Four-byte groups can be widened by SXTB16 alone; the weights follow its order. */
  readonly grouped: boolean;
}

type Windowed = Conv2d | DepthwiseConv2d;

const code = String;

export const dspConvolution: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'conv2d' && !isDepthwiseOfOne(model, operator)) return [];
  const geometry = geometryOf(model, operator);
  if (!canStore(hwc, geometry.outputChannels)) return [];
  const data = weightedData(model, operator);
  if (data === 'unfit' || (data !== 'absent' && !canPack(data))) return [];
  const finish = finishFor(model, operator, data);
  if (!geometry.pointwise) return geometry.used > 0 ? [windowed(model, operator, geometry, finish)] : [];
  if (operator.kind === 'conv2d' && geometry.outputHeight * geometry.outputWidth === 1) {
    return denseVariants(model, operator);
  }
  return geometry.grouped && geometry.outputChannels >= 4 && operator.kind === 'conv2d'
    ? pointwiseVariants(model, operator)
    : [oddPointwise(model, operator, geometry, finish)];
};

function geometryOf(model: Model, operator: Windowed): Geometry {
  const input = imageShapeOf(inputOf(model, operator));
  const output = imageShapeOf(outputOf(model, operator));
  const [, kernelH = 1, kernelW = 1] = inputOf(model, operator, 1).shape;
  const { top, bottom, left, right } = operator.padding;
  const pointwise = kernelH * kernelW === 1 && top + bottom + left + right === 0;
  const { dilationH, dilationW } = operator;
  const spanW = (kernelW - 1) * dilationW + 1;
  // Columns that are apart are runs of their own.
  const runs = dilationW > 1 ? kernelW : 1;
  return {
    pointwise,
    dilationH,
    dilationW,
    spanH: (kernelH - 1) * dilationH + 1,
    spanW,
    used: Math.min(input.width, (output.width - 1) * operator.strideW + spanW - left),
    tapMajor: operator.kind === 'depthwise_conv2d',
    inputHeight: input.height,
    inputWidth: input.width,
    inputChannels: input.channels,
    outputHeight: output.height,
    outputWidth: output.width,
    outputChannels: output.channels,
    kernelH,
    kernelW,
    strideH: operator.strideH,
    strideW: operator.strideW,
    top,
    left,
    grouped: input.channels % 4 === 0,
    block: {
      rows: kernelH * runs,
      words: Math.ceil((kernelW * input.channels) / runs / 2),
      pixelBytes: 2 * input.channels * (pointwise ? 1 : operator.strideW),
      outputChannels: output.channels,
    },
  };
}

/** Where the weight of each widened element comes from. */
const elementOrder = ({ grouped }: Geometry): ((element: number) => number) =>
  grouped ? (element) => (element & ~3) + (((element & 1) << 1) | ((element >> 1) & 1)) : (element) => element;

function pack(geometry: Geometry, weights: Int8Array, requantization: Requantization): Int32Array {
  const { inputChannels, kernelH, kernelW } = geometry;
  const { rows } = geometry.block;
  const run = (kernelH * kernelW * inputChannels) / rows;
  const at = (channel: number, row: number, element: number): number =>
    geometry.tapMajor
      ? (row * run + element) * geometry.outputChannels + channel
      : (channel * rows + row) * run + element;
  return packBlocks(geometry.block, requantization, elementOrder(geometry), (channel, row, element) =>
    element < run ? (weights[at(channel, row, element)] ?? 0) : 0,
  );
}

function constantBytes({ block }: Geometry, kind: FinishKind): number {
  return 4 * Math.ceil(block.outputChannels / 4) * (2 * block.rows * block.words + 4 * parameterWords(kind));
}

/** Functions and calls for a run of `pixels`: pairs, and a single one where their number is odd. */
function blockCalls(
  geometry: Geometry,
  layout: RowLayout,
  requantization: Requantization,
  base: string,
): { functions: (pixels: ReadonlySet<1 | 2>) => CFunction[]; call: (pixels: 1 | 2) => string } {
  const where = layout.kind === 'hwc' ? 'hwc' : `p${code(layout.channelBytes)}`;
  const { rows, words, pixelBytes, outputChannels } = geometry.block;
  const shape = `${code(rows)}x${code(words)}s${code(pixelBytes)}_${code(outputChannels)}`;
  const nameOf = (pixels: 1 | 2): string =>
    `block${pixels === 2 ? '' : '1'}_${shape}_${where}_${finishName(requantization)}`;
  return {
    functions: (pixels) =>
      [...pixels].map((count) => ({
        name: nameOf(count),
        code:
          `/* Four output channels x ${count === 2 ? 'two pixels' : 'one pixel'} at a time, for ${base}. */\n` +
          blockFunction(nameOf(count), geometry.block, count, layout, requantization),
      })),
    call: nameOf,
  };
}

/** Sizes of the runs that a width is cut into: pairs first, a single pixel at the end. */
const singlesIn = (pixels: number): ReadonlySet<1 | 2> =>
  new Set<1 | 2>([...(pixels > 1 ? [2 as const] : []), ...(pixels % 2 === 1 ? [1 as const] : [])]);

function runCycles({ block }: Geometry, pixels: number, kind: FinishKind): number {
  return Math.floor(pixels / 2) * blockCycles(block, 2, kind) + (pixels % 2) * blockCycles(block, 1, kind);
}

/** The code of a run, of a kernel whose compiled C takes `ownBytes`. */
function codeOf(
  name: string,
  geometry: Geometry,
  pixels: number,
  finish: Requantization,
  ownBytes: number,
): SharedCode {
  const calls = blockCalls(geometry, hwc, finish, '').call;
  return [
    { name: `${name}_${finishName(finish)}`, bytes: ownBytes },
    ...[...singlesIn(pixels)].map((count) => ({
      name: calls(count),
      bytes: blockCodeBytes(geometry.block, count, hwc, finish),
    })),
    geometry.grouped ? widenGroupedCode : widenPlainCode,
  ];
}

type SharedCode = NonNullable<KernelVariant['sharedCode']>;

const CALL_CYCLES = 55;
const WIDEN_CYCLES = { grouped: 1.63, plain: 3.3 };
/** Scratch bytes: enough that a call is a few percent of its work. */
const WIDENED_AT_ONCE = 512;

/** 1×1 with a number of input channels that is no multiple of four, or with fewer than four outputs. */
function oddPointwise(model: Model, operator: Windowed, geometry: Geometry, finish: Requantization): KernelVariant {
  const { kind } = finish;
  const { inputChannels, outputChannels, outputHeight, outputWidth, strideH, strideW } = geometry;
  const pixels = outputWidth;
  const steps = outputHeight;
  const most = Math.max(2, Math.floor(WIDENED_AT_ONCE / (2 * inputChannels)) & ~1);
  const chunk = Math.min(pixels, most);
  const chunks = Math.ceil(pixels / chunk);
  const stride = strideW > 1 ? `_s${code(strideW)}` : '';
  const name = `conv1x1_${code(inputChannels)}x${code(outputChannels)}_w${code(pixels)}${stride}_${kind}_m4`;
  const widen = pixels * inputChannels * (geometry.grouped ? WIDEN_CYCLES.grouped : WIDEN_CYCLES.plain);
  const widenCalls = strideW > 1 ? pixels : chunks;
  const rowAt = (step: number): number => step * strideH;
  return {
    name,
    steps,
    inputs: [{ count: 1, first: rowAt }],
    inputLayouts: [hwc],
    outputs: [everyRow],
    writesPlanar: true,
    scratchBytes: (2 * chunk * inputChannels + 4 + 15) & ~15,
    stateBytes: 0,
    edgeRowBytes: 0,
    constantBytes: constantBytes(geometry, kind),
    codeBytes: 0,
    sharedCode: codeOf(name, geometry, pixels, finish, 160),
    cycles: Math.round(
      steps * (runCycles(geometry, pixels, kind) + widen + chunks * CALL_CYCLES + widenCalls * 24 + 30),
    ),
    emit: ({ outputs: [layout = hwc] }) => {
      const data = weightedData(model, operator);
      if (typeof data === 'string') throw new TypeError(`${operator.name}: no data for its weights`);
      const { weights, requantization } = data;
      const base = `1x1 convolution, ${code(inputChannels)} to ${code(outputChannels)} channels`;
      const calls = blockCalls(geometry, layout, requantization, base);
      const entry = `${name}_${layout.kind === 'hwc' ? 'hwc' : `p${code(layout.channelBytes)}_${code(layout.padLeft)}`}_${finishName(requantization)}`;
      const outPixel = layout.kind === 'hwc' ? outputChannels : 1;
      const widenCall =
        strideW > 1
          ? `for (uint32_t i = 0; i < pixels; i++)
      ${widenPixels(geometry, `x + i * ${code(inputChannels)}`, `in + i * ${code(inputChannels * strideW)}`, code(inputChannels))};`
          : `${widenPixels(geometry, 'x', 'in', `pixels * ${code(inputChannels)}`)};`;
      return {
        functions: [
          finishHelpers,
          geometry.grouped ? widenGrouped : widenPlain,
          ...calls.functions(singlesIn(pixels)),
          {
            name: entry,
            code: `/* ${base}: ${code(pixels)} pixels${strideW > 1 ? `, every ${code(strideW)}th` : ''}, ${code(pixels * inputChannels * outputChannels)} MACs.
   Widens ${code(chunk)} pixels at a time, then multiplies them two by two. */
void ${entry}(const model_step *step) {
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0]${layout.kind === 'planar' ? ` + ${code(layout.padLeft)}` : ''};
  int16_t *x = (int16_t *)step->scratch;
  const int16_t *rows[1] = {x};
  for (uint32_t left = ${code(pixels)}; left > 0;) {
    const uint32_t pixels = left < ${code(chunk)} ? left : ${code(chunk)};
    ${widenCall}
${runPixels(calls.call, pixels, outPixel, `rows[0] = x + (pixels - 1) * ${code(inputChannels)}`, '    ')}
    rows[0] = x;
    in += pixels * ${code(inputChannels * strideW)};
    out += pixels * ${code(outPixel)};
    left -= pixels;
  }
}
`,
          },
        ],
        constants: pack(geometry, weights, requantization),
      };
    },
  };
}

function widenPixels({ grouped }: Geometry, to: string, from: string, elements: string): string {
  return grouped
    ? `model_widen_grouped(${to}, ${from}, (${elements}) / 4)`
    : `model_widen_plain(${to}, ${from}, ${elements})`;
}

/** C that multiplies `pixels` pixels from `rows` to `out`, of which at most `most` are there at all. */
function runPixels(
  call: (pixels: 1 | 2) => string,
  most: number,
  outPixel: number,
  lastPixel: string,
  indent: string,
): string {
  const stream = '(const model_word *)step->constants';
  const lines: string[] = [];
  if (most > 1)
    lines.push(`${most > 3 || most % 2 === 1 ? 'if (pixels > 1) ' : ''}${call(2)}(rows, ${stream}, out, pixels / 2);`);
  if (most % 2 === 1) {
    lines.push('if (pixels & 1) {', `  ${lastPixel};`);
    lines.push(`  ${call(1)}(rows, ${stream}, out + (pixels - 1) * ${code(outPixel)}, 1);`, '}');
  }
  return lines.map((line) => indent + line).join('\n');
}

function windowed(model: Model, operator: Windowed, geometry: Geometry, finish: Requantization): KernelVariant {
  const { kind } = finish;
  const { inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels } = geometry;
  const { kernelH, kernelW, strideH, strideW, dilationH, dilationW, spanH, spanW, top, left } = geometry;
  const fresh = Math.min(strideH, spanH);
  // Rows that must be there before the first step's own, beyond those above the image.
  const priming = Math.max(0, Math.ceil((spanH - fresh - top) / strideH));
  const columns = (outputWidth - 1) * strideW + spanW;
  const { used } = geometry;
  // The last window's odd element, where there is one, reaches one element beyond.
  const pitch = (columns * inputChannels + 1 + 3) & ~3;
  const firstRow = (step: number): number => (step - priming) * strideH - top + spanH - fresh;
  const steps = outputHeight + priming;
  const outside = firstRow(0) < 0 || firstRow(steps - 1) + fresh > inputHeight;
  const dilation = dilationH * dilationW > 1 ? `_d${code(dilationH)}x${code(dilationW)}` : '';
  const name =
    `conv${code(kernelH)}x${code(kernelW)}_s${code(strideH)}x${code(strideW)}${dilation}_p${code(top)}_${code(left)}_` +
    `${code(inputWidth)}x${code(inputChannels)}_${code(outputWidth)}x${code(outputChannels)}`;
  const nextRow = `slot + ${code(fresh)} + i${dilationH > 1 ? ` * ${code(dilationH)}` : ''}`;
  const windowRow = `ring + (${nextRow}) % ${code(spanH)} * ${code(pitch)}`;
  const widened = fresh * used * inputChannels * (geometry.grouped ? WIDEN_CYCLES.grouped : WIDEN_CYCLES.plain);
  return {
    name: `${name}_${kind}_m4`,
    steps,
    inputs: [{ count: fresh, first: firstRow }],
    inputLayouts: [hwc],
    outputs: [{ count: 1, first: (step) => step - priming }],
    writesPlanar: true,
    scratchBytes: 0,
    stateBytes: (2 * pitch * spanH + 15) & ~15,
    edgeRowBytes: outside ? inputWidth * inputChannels : 0,
    constantBytes: constantBytes(geometry, kind),
    codeBytes: 0,
    sharedCode: codeOf(name, geometry, outputWidth, finish, 256),
    cycles: Math.round(
      outputHeight * (runCycles(geometry, outputWidth, kind) + widened + CALL_CYCLES + 40 + geometry.block.rows * 12),
    ),
    emit: ({ outputs: [layout = hwc] }) => {
      const data = weightedData(model, operator);
      if (typeof data === 'string') throw new TypeError(`${operator.name}: no data for its weights`);
      const { weights, requantization } = data;
      const zero = zeroPointOf(inputOf(model, operator));
      const base =
        `${code(kernelH)}x${code(kernelW)} convolution, stride ${code(strideH)}x${code(strideW)}, ` +
        `${code(inputChannels)} to ${code(outputChannels)} channels`;
      const calls = blockCalls(geometry, layout, requantization, base);
      const where = layout.kind === 'hwc' ? 'hwc' : `p${code(layout.channelBytes)}_${code(layout.padLeft)}`;
      const entry = `${name}_z${code(zero).replace('-', 'm')}_${where}_${finishName(requantization)}_m4`;
      const outPixel = layout.kind === 'hwc' ? outputChannels : 1;
      const macs = outputWidth * outputChannels * kernelH * kernelW * inputChannels;
      return {
        functions: [
          finishHelpers,
          geometry.grouped ? widenGrouped : widenPlain,
          ...calls.functions(singlesIn(outputWidth)),
          {
            name: entry,
            code: `/* ${base}: a row of ${code(outputWidth)} pixels, ${code(macs)} MACs.
   The state is a ring of ${code(spanH)} input rows, widened, with their padding; a step adds ${code(fresh)}. */
void ${entry}(const model_step *step) {
  int16_t *ring = (int16_t *)step->state;
  int8_t *out = step->out[0];
  const int16_t *rows[${code(geometry.block.rows)}];
  const uint32_t pixels = ${code(outputWidth)}, slot = step->step * ${code(fresh)};
  if (step->step == 0)
    for (uint32_t i = 0; i < ${code(pitch * spanH)}; i++) ring[i] = ${code(zero)};
  for (uint32_t i = 0; i < ${code(fresh)}; i++)
    ${widenPixels(geometry, `ring + (slot + i) % ${code(spanH)} * ${code(pitch)} + ${code(left * inputChannels)}`, 'step->in[i]', code(used * inputChannels))};
  if (!out) return;
  for (uint32_t i = 0; i < ${code(kernelH)}; i++)
    ${
      dilationW > 1
        ? `for (uint32_t j = 0; j < ${code(kernelW)}; j++)
      rows[i * ${code(kernelW)} + j] = ${windowRow} + j * ${code(dilationW * inputChannels)};`
        : `rows[i] = ${windowRow};`
    }
${layout.kind === 'planar' ? `  out += ${code(layout.padLeft)};\n` : ''}${runPixels(
              calls.call,
              outputWidth,
              outPixel,
              `for (uint32_t i = 0; i < ${code(geometry.block.rows)}; i++) rows[i] += ${code((outputWidth - 1) * strideW * inputChannels)}`,
              '  ',
            )}
}
`,
          },
        ],
        constants: pack(geometry, weights, requantization),
      };
    },
  };
}
