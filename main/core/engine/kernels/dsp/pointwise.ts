/**
 * 1×1 convolutions of input channels in fours, by the functions of `pairBlock.ts`. A pair of pixels is two neighbours of
 * a row, or, where rows are short and odd, one pixel of each of two rows, so that none is left over. Or the whole image
 * in one step.
 */
import { imageShapeOf, inputOf, outputOf, type Conv2d, type Model } from '../../../graph/index.ts';
import { allRows } from '../../rows.ts';
import {
  hwc,
  type CFunction,
  type EmittedKernel,
  type KernelVariant,
  type RowAccess,
  type RowLayout,
} from '../kernel.ts';
import { withTwin } from './assembly.ts';
import { finishFor, weightedData, type WeightedData } from './convolutionData.ts';
import { addendOf, clampName, parameterWords, traitsName, traitsOf, type FinishTraits } from './finish.ts';
import { canPack, outputStrides, packBlocks } from './macBlock.ts';
import { MAX_STRAIGHT, pairAssembly, pairCodeBytes, pairCycles, pairTwin, type PairTraits } from './pairBlock.ts';
import { pairFinishAssembly, pairFinishBytes, pairFinishTwin, type PairFinish, type SumTraits } from './pairFinish.ts';
import { PAIR_JOB } from './pairFrame.ts';
import { finishHelpers } from './shared.ts';

interface Shape {
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly strideH: number;
  readonly strideW: number;
}

/** What a step does: one row, two rows side by side, everything. */
type Extent = 'row' | 'rows' | 'image';

const text = String;
const [HEADER_WORDS, SHORTCUT_WORDS] = [9, 4];
/** Flash of the compiled C. */
const [ENTRY_BYTES, RUN_PAIRS_BYTES, RUN_SUMS_BYTES] = [12, 228, 252];
/** Rows up to this width that are odd are worth pairing with the next row. */
const NARROW = 15;

function shapeOf(model: Model, operator: Conv2d): Shape {
  const input = imageShapeOf(inputOf(model, operator));
  const output = imageShapeOf(outputOf(model, operator));
  return {
    inputWidth: input.width,
    inputChannels: input.channels,
    outputHeight: output.height,
    outputWidth: output.width,
    outputChannels: output.channels,
    strideH: operator.strideH,
    strideW: operator.strideW,
  };
}

/** A shortcut that is added to what the convolution gives; no numbers where there is no data for them. */
export interface Shortcut {
  readonly traits: SumTraits;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export function pointwiseVariants(
  model: Model,
  operator: Conv2d,
  shortcut: Shortcut | null = null,
): readonly KernelVariant[] {
  const shape = shapeOf(model, operator);
  if (shape.inputChannels % 4 !== 0 || shape.outputChannels < 4) return [];
  const data = weightedData(model, operator);
  if (data === 'unfit' || (data !== 'absent' && !canPack(data))) return [];
  const finish = traitsOf(finishFor(model, operator, data));
  const odd = shape.outputWidth % 2 === 1 && shape.outputWidth <= NARROW && shape.outputHeight > 1;
  const dense = shape.strideH * shape.strideW === 1;
  const extents: Extent[] = ['row', ...(odd ? ['rows' as const] : []), ...(odd && dense ? ['image' as const] : [])];
  return extents.flatMap((extent) =>
    waysOf(shape).map((way) => variant({ model, operator, shape, finish, extent, way, shortcut })),
  );
}

/**
 * The code of the loops: straight, for few input channels; a loop with its own finish; a loop that all layers share.
 * Each is slower and smaller than the one before.
 */
type Way = 'straight' | 'loop' | 'shared';

const waysOf = ({ inputChannels }: Shape): readonly Way[] =>
  inputChannels / 2 <= MAX_STRAIGHT ? ['straight', 'shared'] : ['loop', 'shared'];

/** Depthwise kernels want planar rows, and almost always have an activation before them: whose code is to be expected. */
function writesPlanarRows(model: Model, { outputs }: Conv2d, finish: FinishTraits): boolean {
  const readers = model.operators.filter(({ inputs }) => inputs.includes(outputs[0]));
  return finish.kind === 'fit' && readers.length > 0 && readers.every(({ kind }) => kind === 'depthwise_conv2d');
}

const endOf = (
  { outputChannels }: Shape,
  finish: FinishTraits,
  layout: RowLayout,
  shortcut: Shortcut | null,
): PairFinish => ({
  planar: layout.kind === 'planar',
  whole: outputChannels % 4 === 0,
  finish,
  ...(shortcut === null ? {} : { sum: shortcut.traits }),
});

const traitsFor = ({ inputChannels }: Shape, end: PairFinish, way: Way): PairTraits => ({
  words: way === 'straight' ? inputChannels / 2 : null,
  end: way === 'shared' ? 'shared' : end,
});

/** All pairs, and the calls that do them. */
function workOf({ outputWidth, outputHeight }: Shape, extent: Extent): { pairs: number; calls: number } {
  const run = (pixels: number): { pairs: number; calls: number } => ({
    pairs: Math.ceil(pixels / 2),
    calls: (pixels > 1 ? 1 : 0) + (pixels % 2),
  });
  if (extent === 'image') return run(outputWidth * outputHeight);
  const row = run(outputWidth);
  if (extent === 'row') return { pairs: outputHeight * row.pairs, calls: outputHeight * row.calls };
  const both = Math.floor(outputHeight / 2);
  const last = outputHeight % 2;
  return { pairs: both * outputWidth + last * row.pairs, calls: both + last * row.calls };
}

function accessesOf({ strideH }: Shape, extent: Extent): { input: RowAccess; output: RowAccess } {
  if (extent === 'image') return { input: allRows, output: allRows };
  if (extent === 'row') {
    return { input: { count: 1, first: (step) => step * strideH }, output: { count: 1, first: (step) => step } };
  }
  // Two rows of input may be further apart; those between are handed over as well.
  return {
    input: { count: strideH + 1, first: (step) => 2 * step * strideH },
    output: { count: 2, first: (step) => 2 * step },
  };
}

interface VariantRequest {
  readonly model: Model;
  readonly operator: Conv2d;
  readonly shape: Shape;
  readonly finish: FinishTraits;
  readonly extent: Extent;
  readonly way: Way;
  readonly shortcut: Shortcut | null;
}

function variant({ model, operator, shape, finish, extent, way, shortcut }: VariantRequest): KernelVariant {
  const { inputChannels, outputHeight, outputWidth, outputChannels, strideW } = shape;
  const steps = extent === 'image' ? 1 : extent === 'rows' ? Math.ceil(outputHeight / 2) : outputHeight;
  const { pairs, calls } = workOf(shape, extent);
  const { input, output } = accessesOf(shape, extent);
  // Most 1×1 convolutions of streamed networks write planar rows; hwc is a little faster.
  const usual: RowLayout = shortcut === null ? { kind: 'planar', padLeft: 0, channelBytes: 0, rowBytes: 0 } : hwc;
  const end = endOf(shape, finish, usual, shortcut);
  const expectedEnd = { ...end, planar: shortcut === null && writesPlanarRows(model, operator, finish) };
  const expected = traitsFor(shape, expectedEnd, way);
  const stride = strideW > 1 ? `_s${text(strideW)}` : '';
  const size = `${text(inputChannels)}x${text(outputChannels)}_${text(outputWidth)}x${text(outputHeight)}`;
  const blocks = Math.ceil(outputChannels / 4);
  const what = shortcut === null ? 'conv1x1' : 'conv1x1_add';
  return {
    name: `${what}_${size}${stride}_${finish.kind}_${extent}${way === 'shared' ? '_shared' : ''}_m4`,
    steps,
    inputs: shortcut === null ? [input] : [input, output],
    inputLayouts: shortcut === null ? [hwc] : [hwc, hwc],
    outputs: [output],
    writesPlanar: shortcut === null && extent !== 'image',
    scratchBytes: (4 * inputChannels + 15) & ~15,
    stateBytes: 0,
    // The row below an odd image is handed over, but not read.
    edgeRowBytes: 0,
    constantBytes: 4 * (headerWords(shortcut) + blocks * (inputChannels + 4 * parameterWords(finish.kind))),
    codeBytes: 0,
    sharedCode: [
      { name: loopsName(expected), bytes: pairCodeBytes(expected) },
      ...(way === 'shared' ? [{ name: finishFunctionName(expectedEnd), bytes: pairFinishBytes(expectedEnd) }] : []),
      { name: entryName(expectedEnd, expected), bytes: ENTRY_BYTES },
      shortcut === null
        ? { name: runPairs.name, bytes: RUN_PAIRS_BYTES }
        : { name: runSums.name, bytes: RUN_SUMS_BYTES },
    ],
    cycles: Math.round(
      pairs * pairCycles(inputChannels, outputChannels, end, traitsFor(shape, end, way)) +
        calls * (shortcut === null ? 95 : 110) +
        steps * 30,
    ),
    emit: ({ outputs: [layout = hwc] }) => {
      const data = weightedData(model, operator);
      if (typeof data === 'string') throw new TypeError(`${operator.name}: no data for its weights`);
      return emitVariant(shape, data, extent, way, layout, shortcut);
    },
  };
}

const headerWords = (shortcut: Shortcut | null): number => HEADER_WORDS + (shortcut === null ? 0 : SHORTCUT_WORDS);

/** `planar_fit12_16`. */
const endName = ({ planar, whole, finish, sum }: PairFinish): string =>
  `${planar ? 'planar' : 'hwc'}${whole ? '' : '_overlap'}_${traitsName(finish)}${sum === undefined ? '' : sumName(sum)}`;

/** `_add20`. */
const sumName = ({ shift, clamp }: SumTraits): string => `_add${text(shift)}${clampName(clamp)}`;

/** `conv1x1_pairs_8_planar_fit12_16`, `conv1x1_pairs`. */
function loopsName({ words, end }: PairTraits): string {
  const steps = words === null ? '' : `_${text(2 * words)}`;
  return `conv1x1_pairs${steps}${end === 'shared' ? '' : `_${endName(end)}`}`;
}

const finishFunctionName = (end: PairFinish): string => `conv1x1_finish_${endName(end)}`;

function entryName(end: PairFinish, { words, end: own }: PairTraits): string {
  const steps = words === null ? '' : `_${text(2 * words)}`;
  return `conv1x1${steps}_${endName(end)}${own === 'shared' ? '_shared' : ''}_m4`;
}

/** What all entries do: from the step and the header of the constants to one or two runs of pairs. */
const runPairs: CFunction = {
  name: 'model_run_pairs',
  code: `/* The constants of a 1x1 convolution begin with: pixels, words of four input channels, bytes between input pixels, output
   channels, bytes between output channels and between output pixels, first output byte, addend, and which of the input
   rows goes with the second output row (0: there is only one). Then the weights of four output channels, their
   parameters, the weights of the next four. */
static __attribute__((noinline)) void model_run_pairs(const model_step *step, void (*run)(const model_pairs *),
                                                      model_pair_finish finish) {
  const model_word *shape = (const model_word *)step->constants;
  const uint32_t pixels = shape[0], in_pixel = shape[2], out_pixel = shape[5], second = shape[8];
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0] + shape[6];
  model_pairs job = {out, out + out_pixel, shape[3] * shape[4], (int16_t *)step->scratch, shape + ${text(HEADER_WORDS)},
                     pixels / 2, in, in + in_pixel, 2 * in_pixel, 2 * out_pixel, shape[1], (int32_t)shape[7], shape[4],
                     (16 - (2 * shape[1] - 1) % 16) % 16, finish};
  if (second && step->out[1]) { /* a pixel of each row */
    job.out1 = step->out[1] + shape[6];
    job.in1 = step->in[second];
    job.pairs = pixels;
    job.in_step = in_pixel;
    job.out_step = out_pixel;
    run(&job);
    return;
  }
  if (job.pairs) run(&job);
  if (pixels & 1) { /* the last one with itself */
    job.in0 = job.in1 = in + (pixels - 1) * in_pixel;
    job.out0 = job.out1 = out + (pixels - 1) * out_pixel;
    job.pairs = 1;
    run(&job);
  }
}
`,
};

/** The same for convolutions that a shortcut is added to. */
const runSums: CFunction = {
  name: 'model_run_sums',
  code: `/* As model_run_pairs; what the constants begin with goes on with a, b and c of the sum, and with which of the input rows is
   the first of the shortcut's. */
static __attribute__((noinline)) void model_run_sums(const model_step *step, void (*run)(const model_pairs *),
                                                     model_pair_finish finish) {
  const model_word *shape = (const model_word *)step->constants;
  const uint32_t pixels = shape[0], in_pixel = shape[2], out_pixel = shape[5], second = shape[8];
  const int8_t *in = step->in[0], *const *shortcut = step->in + shape[12];
  int8_t *out = step->out[0];
  const int32_t distance = (int32_t)((uintptr_t)shortcut[0] - (uintptr_t)out);
  model_sums job = {{out, out + out_pixel, shape[3] * shape[4], (int16_t *)step->scratch,
                     shape + ${text(HEADER_WORDS + SHORTCUT_WORDS)}, pixels / 2, in, in + in_pixel, 2 * in_pixel, 2 * out_pixel, shape[1],
                     (int32_t)shape[7], shape[4], (16 - (2 * shape[1] - 1) % 16) % 16, finish},
                    distance, distance, (int32_t)shape[9], (int32_t)shape[10], (int32_t)shape[11]};
  if (second && step->out[1]) { /* a pixel of each row */
    job.pairs.out1 = step->out[1];
    job.pairs.in1 = step->in[second];
    job.pairs.pairs = pixels;
    job.pairs.in_step = in_pixel;
    job.pairs.out_step = out_pixel;
    job.shortcut1 = (int32_t)((uintptr_t)shortcut[1] - (uintptr_t)step->out[1]);
    run(&job.pairs);
    return;
  }
  if (job.pairs.pairs) run(&job.pairs);
  if (pixels & 1) { /* the last one with itself */
    job.pairs.in0 = job.pairs.in1 = in + (pixels - 1) * in_pixel;
    job.pairs.out0 = job.pairs.out1 = out + (pixels - 1) * out_pixel;
    job.pairs.pairs = 1;
    run(&job.pairs);
  }
}
`,
};

function emitVariant(
  shape: Shape,
  data: WeightedData,
  extent: Extent,
  way: Way,
  layout: RowLayout,
  shortcut: Shortcut | null,
): EmittedKernel {
  const end = endOf(shape, traitsOf(data.requantization), layout, shortcut);
  const traits = traitsFor(shape, end, way);
  const loops = loopsName(traits);
  const entry = entryName(end, traits);
  const channels = traits.words === null ? 'any number of' : text(2 * traits.words);
  const finish = finishFunctionName(end);
  const run = shortcut === null ? runPairs : runSums;
  const added = shortcut === null ? '' : ', a shortcut added';
  const finishFunction: CFunction = {
    name: finish,
    code: `/* The end of a block of four channels and two pixels${added}. */\n${withTwin(
      pairFinishAssembly(finish, end),
      pairFinishTwin(finish, end),
    )}`,
  };
  return {
    functions: [
      finishHelpers,
      { name: 'model_pairs', code: PAIR_JOB },
      run,
      {
        name: loops,
        code: `/* 1x1 convolution of ${channels} input channels: four output channels x two pixels at a time. */\n${withTwin(
          pairAssembly(loops, traits),
          pairTwin(loops, traits),
        )}`,
      },
      ...(way === 'shared' ? [finishFunction] : []),
      {
        name: entry,
        code: `void ${entry}(const model_step *step) {
  ${run.name}(step, ${loops}, ${way === 'shared' ? finish : 'NULL'});
}
`,
      },
    ],
    constants: constantsOf(shape, data, extent, layout, shortcut),
  };
}

function constantsOf(
  shape: Shape,
  data: WeightedData,
  extent: Extent,
  layout: RowLayout,
  shortcut: Shortcut | null,
): Int32Array {
  const { inputChannels, outputChannels, outputWidth, outputHeight, strideH, strideW } = shape;
  const { weights, requantization } = data;
  const strides = outputStrides(layout, outputChannels);
  const order = (element: number): number => (element & ~3) + (((element & 1) << 1) | ((element >> 1) & 1));
  const block = { rows: 1, words: inputChannels / 2, pixelBytes: 0, outputChannels };
  const stream = packBlocks(
    block,
    requantization,
    order,
    (channel, _, element) => weights[channel * inputChannels + element] ?? 0,
  );
  const header = [
    extent === 'image' ? outputWidth * outputHeight : outputWidth,
    inputChannels / 4,
    inputChannels * strideW,
    outputChannels,
    strides.channel,
    strides.pixel,
    layout.kind === 'planar' ? layout.padLeft : 0,
    addendOf(requantization),
    extent === 'rows' ? strideH : 0,
    ...(shortcut === null ? [] : [shortcut.a, shortcut.b, shortcut.c, accessesOf(shape, extent).input.count]),
  ];
  return Int32Array.from([...header, ...stream]);
}
