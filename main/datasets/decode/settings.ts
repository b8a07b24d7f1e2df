import type { InputShape } from '../../core/architecture/index.ts';
import type { SpecOptions } from '../spec.ts';
import type { Fit } from './image.ts';
import { defaultLogMel, type LogMelSettings } from './logMel.ts';

/** What a dataset's options say of how its files become bytes, beside the shape. */
export const fitOf = (given: SpecOptions): Fit => (given.flag('letterbox') ? 'letterbox' : 'crop');

export const timingOf = (given: SpecOptions): Pick<LogMelSettings, 'sampleRate' | 'windowMs' | 'hopMs'> => ({
  sampleRate: given.whole('rate', 4000, 48_000, defaultLogMel.sampleRate),
  windowMs: given.whole('window', 8, 128, defaultLogMel.windowMs),
  hopMs: given.whole('hop', 4, 128, defaultLogMel.hopMs),
});

/** How much of a recording the features look at. */
export const secondsOf = ({ frames, hopMs, windowMs }: LogMelSettings): number =>
  ((frames - 1) * hopMs + windowMs) / 1000;

export const explainFit = ({ height, width, channels }: InputShape, fit: Fit): string =>
  `Pictures ${fit === 'crop' ? 'scaled to fit and cropped in the middle' : 'framed in grey'}, ${height}×${width}×${channels}.`;

export const explainFeatures = (features: LogMelSettings): string =>
  `Log-mel features of ${secondsOf(features).toFixed(2)} s: ${features.frames} frames of ${features.bands} bands at ${features.sampleRate} Hz.`;
