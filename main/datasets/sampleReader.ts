import { StudioError, type DatasetReport } from '../contract/index.ts';
import { decodeImage } from './decode/image.ts';
import { LogMel } from './decode/logMel.ts';
import { explainFeatures, explainFit, fitOf, secondsOf, timingOf } from './decode/settings.ts';
import { readWav, resample } from './decode/wav.ts';
import { BrokenSampleError } from './errors.ts';
import { parseDatasetSpec, SpecOptions } from './spec.ts';

/** Turns one file at a time into a sample, exactly as the dataset does with each of its own. */
export interface SampleReader {
  readonly kind: 'images' | 'audio' | 'series';
  /** How long a recording is looked at; null for pictures. */
  readonly seconds: number | null;
  /** What is done to a file, in one sentence. */
  readonly explained: string;
  /** height × width × channels bytes. @throws StudioError `dataset.unreadable-frame`, `dataset.no-single-files` */
  read(file: Uint8Array): Promise<Uint8Array>;
}

/** @param report what opening the dataset found; its text form decides how files are read */
export function sampleReader({ kind, shape, spec }: Pick<DatasetReport, 'kind' | 'shape' | 'spec'>): SampleReader {
  const given = new SpecOptions(spec, parseDatasetSpec(spec));
  if (kind === 'series') {
    return {
      kind: 'series',
      seconds: null,
      explained: 'A window of the series, scaled as the dataset’s training samples are.',
      read: () => Promise.reject(noSingleFiles(spec)),
    };
  }
  if (kind === 'audio') {
    const features = { frames: shape.height, bands: shape.width, ...timingOf(given) };
    const logMel = new LogMel(features);
    return {
      kind: 'audio',
      seconds: secondsOf(features),
      explained: explainFeatures(features),
      read: (file) => told(async () => logMel.compute(resample(readWav(file), features.sampleRate))),
    };
  }
  const fit = fitOf(given);
  return {
    kind: 'images',
    seconds: null,
    explained: explainFit(shape, fit),
    read: (file) => told(() => decodeImage(file, shape, fit)),
  };
}

/** A single file that cannot be read is the caller's, not one of many to be listed. */
async function told(read: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BrokenSampleError)) throw error;
    throw new StudioError({
      code: 'dataset.unreadable-frame',
      message: `What was shown cannot be used: ${error.message}.`,
      remedy: 'Show a PNG, JPEG or WebP picture where the network was trained on pictures, a WAV file where on sound.',
      details: { why: error.code },
      cause: error,
    });
  }
}

const noSingleFiles = (spec: string): StudioError =>
  new StudioError({
    code: 'dataset.no-single-files',
    message: `${spec} is a time series: what one file means depends on all the others.`,
    remedy: 'Show samples of the dataset instead.',
    details: { spec },
  });
