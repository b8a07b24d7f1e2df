import type { Layer } from '../architecture/index.ts';
import type { FoldedLayer } from './fold.ts';

/** Is shown an activation that becomes an int8 tensor, by its name. */
export type ObserveActivation = (name: string, values: Float32Array, channels: number) => void;

/** The names of a layer's own output, of its sum with a residual, of the pooled features, of the input. */
export const outputName = (layer: Layer): string => layer.name;
export const sumName = (layer: Layer): string => `${layer.name}.sum`;
export const POOLED = 'pooled';
export const INPUT = 'input';

/**
 * Runs one sample through a folded network in float arithmetic and shows every activation on the way.
 *
 * @param sample height × width × channels numbers
 * @returns the logits
 */
export function floatForward(
  layers: readonly FoldedLayer[],
  sample: Float32Array,
  observe: ObserveActivation,
): Float32Array {
  const outputs: Float32Array[] = [];
  for (const folded of layers) {
    const { layer } = folded;
    let x = layer.reads < 0 ? sample : outputs[layer.reads];
    if (layer.kind === 'dense') {
      const pooled = meanOverPixels(x, layer.input.channels);
      observe(POOLED, pooled, pooled.length);
      const logits = dense(folded, pooled);
      observe(outputName(layer), logits, logits.length);
      return logits;
    }
    x = layer.kind === 'depthwise_conv2d' ? depthwise(folded, x) : convolve(folded, x);
    if (layer.relu6) clampToRelu6(x);
    observe(outputName(layer), x, layer.output.channels);
    if (layer.adds !== null) {
      const shortcut = outputs[layer.adds];
      x = x.map((value, i) => value + shortcut[i]);
      if (layer.sumRelu6) clampToRelu6(x);
      observe(sumName(layer), x, layer.output.channels);
    }
    outputs.push(x);
  }
  throw new RangeError('a network ends with its classifier');
}

function clampToRelu6(x: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = Math.min(Math.max(x[i], 0), 6);
}

function meanOverPixels(x: Float32Array, channels: number): Float32Array {
  const mean = new Float32Array(channels);
  const pixels = x.length / channels;
  for (let at = 0; at < x.length; at += channels) for (let c = 0; c < channels; c++) mean[c] += x[at + c] / pixels;
  return mean;
}

function dense({ kernel, bias }: FoldedLayer, x: Float32Array): Float32Array {
  const out = bias.slice();
  for (let i = 0; i < x.length; i++) {
    const row = i * out.length;
    for (let o = 0; o < out.length; o++) out[o] += x[i] * kernel[row + o];
  }
  return out;
}

/** Rows and columns of a layer's input that lie in the window of an output position, tap by tap: [input, tap] pairs. */
function windowAt(layer: Layer, oy: number, ox: number, pairs: Int32Array): number {
  const { input, padding, kernel, strideH, strideW } = layer;
  let count = 0;
  for (let ky = 0; ky < kernel; ky++) {
    const y = oy * strideH - padding.top + ky;
    if (y < 0 || y >= input.height) continue;
    for (let kx = 0; kx < kernel; kx++) {
      const x = ox * strideW - padding.left + kx;
      if (x < 0 || x >= input.width) continue;
      pairs[2 * count] = y * input.width + x;
      pairs[2 * count + 1] = ky * kernel + kx;
      count++;
    }
  }
  return count;
}

function convolve({ layer, kernel, bias }: FoldedLayer, x: Float32Array): Float32Array {
  const { channels: from } = layer.input;
  const { height, width, channels: to } = layer.output;
  const out = new Float32Array(height * width * to);
  const pairs = new Int32Array(2 * layer.kernel ** 2);
  for (let at = 0, pixel = 0; at < out.length; at += to, pixel++) {
    out.set(bias, at);
    const taps = windowAt(layer, Math.floor(pixel / width), pixel % width, pairs);
    for (let t = 0; t < taps; t++) {
      const input = pairs[2 * t] * from;
      for (let i = 0; i < from; i++) {
        const value = x[input + i];
        if (value === 0) continue;
        const row = (pairs[2 * t + 1] * from + i) * to;
        for (let o = 0; o < to; o++) out[at + o] += value * kernel[row + o];
      }
    }
  }
  return out;
}

function depthwise({ layer, kernel, bias }: FoldedLayer, x: Float32Array): Float32Array {
  const { height, width, channels } = layer.output;
  const out = new Float32Array(height * width * channels);
  const pairs = new Int32Array(2 * layer.kernel ** 2);
  for (let at = 0, pixel = 0; at < out.length; at += channels, pixel++) {
    out.set(bias, at);
    const taps = windowAt(layer, Math.floor(pixel / width), pixel % width, pairs);
    for (let t = 0; t < taps; t++) {
      const input = pairs[2 * t] * channels;
      const row = pairs[2 * t + 1] * channels;
      for (let c = 0; c < channels; c++) out[at + c] += x[input + c] * kernel[row + c];
    }
  }
  return out;
}
