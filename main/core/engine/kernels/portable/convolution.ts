/**
 * CONV_2D and DEPTHWISE_CONV_2D in plain C, of any shape: the kernels of cores without the DSP extension, and of what
 * the fast ones do not cover. The input's zero point is folded into the bias, so that taps outside the image count as
 * zero points.
 */
import {
  channelMultipliers,
  inputOf,
  optionalInputOf,
  outputOf,
  windowExtent,
  zeroPointOf,
  type Conv2d,
  type DepthwiseConv2d,
  type Model,
} from '../../../graph/index.ts';
import { everyRow, rowShapeOf, windowRows } from '../../rows.ts';
import { hwc, type CFunction, type KernelRequest, type KernelVariant } from '../kernel.ts';
import { packConstants } from '../packing.ts';
import { cyclesPerMac, dataOf } from './costs.ts';

/** Words before the parameters of the channels: the zero points and the clamp. */
const HEADER_WORDS = 4;
const PARAMETERS = 3;

export function portableConvolution({ model, operator, core }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'conv2d' && operator.kind !== 'depthwise_conv2d') return [];
  const input = rowShapeOf(inputOf(model, operator));
  const output = rowShapeOf(outputOf(model, operator));
  const geometry = geometryOf(model, operator);
  const name = nameOf(operator, geometry);
  const taps = geometry.kernelH * geometry.kernelW * (operator.kind === 'conv2d' ? input.channels : 1);
  const macs = output.height * output.width * output.channels * taps;
  return [
    {
      name,
      steps: output.height,
      inputs: [windowRows(windowExtent(geometry.kernelH, operator.dilationH), operator.strideH, operator.padding.top)],
      inputLayouts: [hwc],
      outputs: [everyRow],
      writesPlanar: false,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: operator.padding.top + operator.padding.bottom > 0 ? input.width * input.channels : 0,
      constantBytes: 4 * (HEADER_WORDS + PARAMETERS * output.channels) + taps * output.channels,
      codeBytes: 320,
      cycles: macs * cyclesPerMac(core) + output.height * output.width * output.channels * 40,
      emit: () => ({
        functions: [
          operator.kind === 'conv2d'
            ? convolutionFunction(name, operator, geometry)
            : depthwiseFunction(name, operator, geometry),
        ],
        constants: packWeights(model, operator, geometry),
      }),
    },
  ];
}

interface Geometry {
  readonly inputWidth: number;
  readonly inputChannels: number;
  readonly outputWidth: number;
  readonly outputChannels: number;
  readonly kernelH: number;
  readonly kernelW: number;
}

function geometryOf(model: Model, operator: Conv2d | DepthwiseConv2d): Geometry {
  const input = rowShapeOf(inputOf(model, operator));
  const output = rowShapeOf(outputOf(model, operator));
  const [, kernelH = 1, kernelW = 1] = inputOf(model, operator, 1).shape;
  return {
    inputWidth: input.width,
    inputChannels: input.channels,
    outputWidth: output.width,
    outputChannels: output.channels,
    kernelH,
    kernelW,
  };
}

function nameOf(operator: Conv2d | DepthwiseConv2d, g: Geometry): string {
  const window = `${String(g.kernelH)}x${String(g.kernelW)}`;
  const stride = `s${String(operator.strideH)}x${String(operator.strideW)}`;
  const dilation =
    operator.dilationH * operator.dilationW > 1 ? `_d${String(operator.dilationH)}x${String(operator.dilationW)}` : '';
  const shapes = `${String(g.inputWidth)}x${String(g.inputChannels)}_${String(g.outputWidth)}x${String(g.outputChannels)}`;
  const kind = operator.kind === 'conv2d' ? 'conv' : 'depthwise';
  return `${kind}${window}_${stride}${dilation}_p${String(operator.padding.left)}_${shapes}_c`;
}

/** The header, then bias, multiplier and shift of each channel, then the weights as the model has them. */
function packWeights(model: Model, operator: Conv2d | DepthwiseConv2d, g: Geometry): Uint8Array {
  const weights = dataOf(inputOf(model, operator, 1), Int8Array);
  const bias = optionalInputOf(model, operator, 2);
  const biases = bias === null ? null : dataOf(bias, Int32Array);
  const inputZero = zeroPointOf(inputOf(model, operator));
  const depthwise = operator.kind === 'depthwise_conv2d';
  const taps = weights.length / g.outputChannels;
  const parameters = channelMultipliers(model, operator).flatMap(({ multiplier, shift }, channel) => {
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      sum += weights[depthwise ? tap * g.outputChannels + channel : channel * taps + tap] ?? 0;
    }
    return [((biases?.[channel] ?? 0) - inputZero * sum) | 0, multiplier, shift];
  });
  const header = [inputZero, zeroPointOf(outputOf(model, operator)), operator.clamp.min, operator.clamp.max];
  return packConstants([Int32Array.from([...header, ...parameters]), weights]);
}

const finish = `      out[x * OUT_CHANNELS + c] = model_clamp(
          model_requantize(sum, channel[1], channel[2]) + header[1], header[2], header[3]);`;

const prologue = `  const int32_t *header = (const int32_t *)step->constants; /* zero points of input and output, clamp */
  const int32_t *channel;                                  /* bias, multiplier, shift */
  const int8_t *weights = (const int8_t *)(header + ${String(HEADER_WORDS)} + ${String(PARAMETERS)} * OUT_CHANNELS);
  int8_t *out = step->out[0];`;

function withConstants(code: string, constants: Readonly<Record<string, number>>): string {
  return code.replace(/\b[A-Z][A-Z_]+[A-Z]\b/g, (word) => (word in constants ? String(constants[word]) : word));
}

function constantsOf(operator: Conv2d | DepthwiseConv2d, g: Geometry): Record<string, number> {
  return {
    IN_WIDTH: g.inputWidth,
    IN_CHANNELS: g.inputChannels,
    OUT_WIDTH: g.outputWidth,
    OUT_CHANNELS: g.outputChannels,
    KERNEL_H: g.kernelH,
    KERNEL_W: g.kernelW,
    STRIDE_W: operator.strideW,
    DILATION_H: operator.dilationH,
    DILATION_W: operator.dilationW,
    PAD_LEFT: operator.padding.left,
  };
}

function convolutionFunction(name: string, operator: Conv2d, g: Geometry): CFunction {
  const pointwise = g.kernelH * g.kernelW === 1 && operator.padding.left + operator.padding.right === 0;
  const body = pointwise
    ? `      const int8_t *pixel = step->in[0] + x * STRIDE_W * IN_CHANNELS;
      for (int i = 0; i < IN_CHANNELS; i++) sum += pixel[i] * *w++;`
    : `      for (int ky = 0; ky < KERNEL_H; ky++) {
        for (int kx = 0; kx < KERNEL_W; kx++, w += IN_CHANNELS) {
          const int column = x * STRIDE_W - PAD_LEFT + kx * DILATION_W;
          if (column >= 0 && column < IN_WIDTH) {
            const int8_t *pixel = step->in[ky * DILATION_H] + column * IN_CHANNELS;
            for (int i = 0; i < IN_CHANNELS; i++) sum += pixel[i] * w[i];
          } else {
            for (int i = 0; i < IN_CHANNELS; i++) sum += header[0] * w[i];
          }
        }
      }`;
  const code = `/* ${describe(operator, g)} */
void ${name}(const model_step *step) {
${prologue}
  for (int x = 0; x < OUT_WIDTH; x++) {
    const int8_t *w = weights;
    channel = header + ${String(HEADER_WORDS)};
    for (int c = 0; c < OUT_CHANNELS; c++, channel += ${String(PARAMETERS)}) {
      int32_t sum = channel[0];
${body}
${finish}
    }
  }
}
`;
  return { name, code: withConstants(code, constantsOf(operator, g)) };
}

function depthwiseFunction(name: string, operator: DepthwiseConv2d, g: Geometry): CFunction {
  const source = operator.depthMultiplier === 1 ? 'c' : `c / ${String(operator.depthMultiplier)}`;
  const code = `/* ${describe(operator, g)} */
void ${name}(const model_step *step) {
${prologue}
  for (int x = 0; x < OUT_WIDTH; x++) {
    channel = header + ${String(HEADER_WORDS)};
    for (int c = 0; c < OUT_CHANNELS; c++, channel += ${String(PARAMETERS)}) {
      const int8_t *w = weights + c;
      int32_t sum = channel[0];
      for (int ky = 0; ky < KERNEL_H; ky++) {
        for (int kx = 0; kx < KERNEL_W; kx++, w += OUT_CHANNELS) {
          const int column = x * STRIDE_W - PAD_LEFT + kx * DILATION_W;
          sum += (column >= 0 && column < IN_WIDTH
                      ? step->in[ky * DILATION_H][column * IN_CHANNELS + ${source}]
                      : header[0]) * *w;
        }
      }
${finish}
    }
  }
}
`;
  return { name, code: withConstants(code, constantsOf(operator, g)) };
}

function describe(operator: Conv2d | DepthwiseConv2d, g: Geometry): string {
  const what = operator.kind === 'conv2d' ? 'convolution' : 'depthwise convolution';
  return (
    `${String(g.kernelH)}x${String(g.kernelW)} ${what}, stride ${String(operator.strideH)}x${String(operator.strideW)}: ` +
    `a row of ${String(g.outputWidth)} x ${String(g.outputChannels)} from rows of ${String(g.inputWidth)} x ${String(g.inputChannels)}.`
  );
}
