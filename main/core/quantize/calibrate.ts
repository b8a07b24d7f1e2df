import { loadSample, sampleBytes } from '../training/index.ts';
import type { FoldedLayer } from './fold.ts';
import { floatForward, INPUT, type ObserveActivation } from './floatForward.ts';
import { Histogram } from './ranges.ts';

/** What calibration samples showed of one activation. */
export interface ActivationFacts {
  readonly histogram: Histogram;
  /** Mean of each channel. */
  readonly means: Float64Array;
}

/** Runs samples through the folded network and gathers the facts of every activation, by name. */
export function calibrate(layers: readonly FoldedLayer[], samples: Uint8Array): Map<string, ActivationFacts> {
  const shape = layers[0].layer.input;
  const size = sampleBytes(shape);
  const count = Math.floor(samples.length / size);
  const facts = new Map<string, ActivationFacts>();
  const sample = new Float32Array(size);
  for (let i = 0; i < count; i++) {
    loadSample(samples.subarray(i * size, (i + 1) * size), shape, undefined, sample, 0);
    const see: ObserveActivation = (name, values, channels) => {
      let seen = facts.get(name);
      if (seen === undefined)
        facts.set(name, (seen = { histogram: new Histogram(), means: new Float64Array(channels) }));
      seen.histogram.add(values);
      const weight = channels / values.length / count;
      for (let at = 0; at < values.length; at += channels)
        for (let c = 0; c < channels; c++) seen.means[c] += values[at + c] * weight;
    };
    see(INPUT, sample, shape.channels);
    floatForward(layers, sample, see);
  }
  return facts;
}
