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
  const inputs: Float32Array[] = [];
  let x = sample;
  for (const folded of layers) {
    const { layer } = folded;
    inputs.push(x);
    if (layer.kind === 'dense') {
      const pooled = meanOverPixels(x, layer.input.channels);
      observe(POOLED, pooled, pooled.length);
      const logits = dense(folded, pooled);
      observe(outputName(layer), logits, logits.length);
      return logits;
    }
    x = layer.kind === 'depthwise_conv2d' ? depthwise(folded, x) : convolve(folded, x);
    if (layer.relu6) for (let i = 0; i < x.length; i++) x[i] = Math.min(Math.max(x[i], 0), 6);
    observe(outputName(layer), x, layer.output.channels);
    if (layer.residualFrom !== null) {
      const shortcut = inputs[layer.residualFrom];
      x = x.map((value, i) => value + shortcut[i]);
      observe(sumName(layer), x, layer.output.channels);
    }
  }
  return x;
}

function meanOverPixels(x: Float32Array, channels: number): Float32Array {
  const mean = new Float32Array(channels);
  const pixels = x.length / channels;
  for (let i = 0; i < x.length; i++) mean[i % channels] += x[i] / pixels;
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

/** Calls back for each window position that lies inside the input: offsets of input pixel, output pixel and tap. */
function eachTap(layer: Layer, visit: (input: number, output: number, tap: number) => void): void {
  const { input, output, padding, kernel, strideH, strideW } = layer;
  for (let oy = 0; oy < output.height; oy++) {
    for (let ox = 0; ox < output.width; ox++) {
      for (let ky = 0; ky < kernel; ky++) {
        const y = oy * strideH - padding.top + ky;
        if (y < 0 || y >= input.height) continue;
        for (let kx = 0; kx < kernel; kx++) {
          const x = ox * strideW - padding.left + kx;
          if (x < 0 || x >= input.width) continue;
          visit(y * input.width + x, oy * output.width + ox, ky * kernel + kx);
        }
      }
    }
  }
}

function biased({ layer, bias }: FoldedLayer): Float32Array {
  const out = new Float32Array(layer.output.height * layer.output.width * bias.length);
  for (let at = 0; at < out.length; at += bias.length) out.set(bias, at);
  return out;
}

function convolve(folded: FoldedLayer, x: Float32Array): Float32Array {
  const { layer, kernel } = folded;
  const { channels: from } = layer.input;
  const { channels: to } = layer.output;
  const out = biased(folded);
  eachTap(layer, (input, output, tap) => {
    const at = output * to;
    for (let i = 0; i < from; i++) {
      const value = x[input * from + i];
      if (value === 0) continue;
      const row = (tap * from + i) * to;
      for (let o = 0; o < to; o++) out[at + o] += value * kernel[row + o];
    }
  });
  return out;
}

function depthwise(folded: FoldedLayer, x: Float32Array): Float32Array {
  const { layer, kernel } = folded;
  const { channels } = layer.input;
  const out = biased(folded);
  eachTap(layer, (input, output, tap) => {
    for (let c = 0; c < channels; c++)
      out[output * channels + c] += x[input * channels + c] * kernel[tap * channels + c];
  });
  return out;
}
