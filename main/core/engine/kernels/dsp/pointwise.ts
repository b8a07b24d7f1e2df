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
import { addendOf, parameterWords, traitsName, traitsOf, type FinishTraits } from './finish.ts';
import { canPack, outputStrides, packBlocks } from './macBlock.ts';
import { MAX_STRAIGHT, pairAssembly, pairCodeBytes, pairCycles, pairTwin, type PairTraits } from './pairBlock.ts';
import { pairFinishAssembly, pairFinishBytes, pairFinishTwin, type PairFinish } from './pairFinish.ts';
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
const HEADER_WORDS = 9;
/** Flash of the compiled C. */
const [ENTRY_BYTES, RUN_PAIRS_BYTES] = [12, 228];
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

export function pointwiseVariants(model: Model, operator: Conv2d): readonly KernelVariant[] {
  const shape = shapeOf(model, operator);
  if (shape.inputChannels % 4 !== 0 || shape.outputChannels < 4) return [];
  const data = weightedData(model, operator);
  if (data === 'unfit' || (data !== 'absent' && !canPack(data.weights))) return [];
  const finish = traitsOf(finishFor(model, operator, data));
  const odd = shape.outputWidth % 2 === 1 && shape.outputWidth <= NARROW && shape.outputHeight > 1;
  const dense = shape.strideH * shape.strideW === 1;
  const extents: Extent[] = ['row', ...(odd ? ['rows' as const] : []), ...(odd && dense ? ['image' as const] : [])];
  return extents.flatMap((extent) => waysOf(shape).map((way) => variant(model, operator, shape, finish, extent, way)));
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

const endOf = ({ outputChannels }: Shape, finish: FinishTraits, layout: RowLayout): PairFinish => ({
  planar: layout.kind === 'planar',
  whole: outputChannels % 4 === 0,
  finish,
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

function variant(
  model: Model,
  operator: Conv2d,
  shape: Shape,
  finish: FinishTraits,
  extent: Extent,
  way: Way,
): KernelVariant {
  const { inputChannels, outputHeight, outputWidth, outputChannels, strideW } = shape;
  const steps = extent === 'image' ? 1 : extent === 'rows' ? Math.ceil(outputHeight / 2) : outputHeight;
  const { pairs, calls } = workOf(shape, extent);
  const { input, output } = accessesOf(shape, extent);
  // Most 1×1 convolutions of streamed networks write planar rows; hwc is a little faster.
  const end = endOf(shape, finish, { kind: 'planar', padLeft: 0, channelBytes: 0, rowBytes: 0 });
  const expectedEnd = { ...end, planar: writesPlanarRows(model, operator, finish) };
  const expected = traitsFor(shape, expectedEnd, way);
  const stride = strideW > 1 ? `_s${text(strideW)}` : '';
  const size = `${text(inputChannels)}x${text(outputChannels)}_${text(outputWidth)}x${text(outputHeight)}`;
  const blocks = Math.ceil(outputChannels / 4);
  return {
    name: `conv1x1_${size}${stride}_${finish.kind}_${extent}${way === 'shared' ? '_shared' : ''}_m4`,
    steps,
    inputs: [input],
    inputLayouts: [hwc],
    outputs: [output],
    writesPlanar: extent !== 'image',
    scratchBytes: (4 * inputChannels + 15) & ~15,
    stateBytes: 0,
    // The row below an odd image is handed over, but not read.
    edgeRowBytes: 0,
    constantBytes: 4 * (HEADER_WORDS + blocks * (inputChannels + 4 * parameterWords(finish.kind))),
    codeBytes: 0,
    sharedCode: [
      { name: loopsName(expected), bytes: pairCodeBytes(expected) },
      ...(way === 'shared' ? [{ name: finishFunctionName(expectedEnd), bytes: pairFinishBytes(expectedEnd) }] : []),
      { name: entryName(expectedEnd, expected), bytes: ENTRY_BYTES },
      { name: runPairs.name, bytes: RUN_PAIRS_BYTES },
    ],
    cycles: Math.round(
      pairs * pairCycles(inputChannels, outputChannels, end, traitsFor(shape, end, way)) + calls * 95 + steps * 30,
    ),
    emit: ({ outputs: [layout = hwc] }) => {
      const data = weightedData(model, operator);
      if (typeof data === 'string') throw new TypeError(`${operator.name}: no data for its weights`);
      return emitVariant(shape, data, extent, way, layout);
    },
  };
}

/** `planar_fit12_16`. */
const endName = ({ planar, whole, finish }: PairFinish): string =>
  `${planar ? 'planar' : 'hwc'}${whole ? '' : '_overlap'}_${traitsName(finish)}`;

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

function emitVariant(shape: Shape, data: WeightedData, extent: Extent, way: Way, layout: RowLayout): EmittedKernel {
  const end = endOf(shape, traitsOf(data.requantization), layout);
  const traits = traitsFor(shape, end, way);
  const loops = loopsName(traits);
  const entry = entryName(end, traits);
  const channels = traits.words === null ? 'any number of' : text(2 * traits.words);
  const finish = finishFunctionName(end);
  const finishFunction: CFunction = {
    name: finish,
    code: `/* The end of a block of four channels and two pixels. */\n${withTwin(
      pairFinishAssembly(finish, end),
      pairFinishTwin(finish, end),
    )}`,
  };
  return {
    functions: [
      finishHelpers,
      { name: 'model_pairs', code: PAIR_JOB },
      runPairs,
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
  model_run_pairs(step, ${loops}, ${way === 'shared' ? finish : 'NULL'});
}
`,
      },
    ],
    constants: constantsOf(shape, data, extent, layout),
  };
}

function constantsOf(shape: Shape, data: WeightedData, extent: Extent, layout: RowLayout): Int32Array {
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
  ];
  return Int32Array.from([...header, ...stream]);
}
