import sharp, { type Sharp } from 'sharp';
import type { InputShape } from '../../core/architecture/index.ts';
import { BrokenSampleError } from '../errors.ts';
import { isBmp, readBmp } from './bmp.ts';

// One picture at a time in each thread; the threads are ours.
sharp.concurrency(1);
sharp.cache(false);

/** Pixels above which a picture is meant to exhaust memory. */
const MOST_PIXELS = 100_000_000;

/** Rows and columns of a picture, from its header. */
export async function imageSize(bytes: Uint8Array): Promise<{ width: number; height: number }> {
  const { width, height, orientation = 1 } = await open(bytes).metadata();
  // From 5 on, EXIF says that rows are columns.
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

function open(bytes: Uint8Array): Sharp {
  const options = { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true } as const;
  if (!isBmp(bytes)) return sharp(bytes, options);
  const { width, height, pixels } = readBmp(bytes);
  return sharp(pixels, { ...options, raw: { width, height, channels: 3 } });
}

/** How a picture is brought to a network's shape. */
export type Fit = 'crop' | 'letterbox';

/**
 * Decodes a picture into height × width × channels bytes (3: sRGB, 1: grey). Photos are scaled so that the shorter
 * side fits and cropped in the middle, or framed in grey. Orientation follows EXIF; transparency becomes grey.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { height, width, channels }: InputShape,
  fit: Fit,
): Promise<Uint8Array> {
  if (bytes.length === 0) throw new BrokenSampleError('empty-file', 'it has no bytes');
  try {
    const grey = { r: 128, g: 128, b: 128 };
    const resized = open(bytes)
      .rotate()
      .flatten({ background: grey })
      .resize(width, height, { fit: fit === 'crop' ? 'cover' : 'contain', background: grey, kernel: 'cubic' });
    const inSpace = channels === 1 ? resized.toColourspace('b-w') : resized.toColourspace('srgb');
    const { data, info } = await inSpace.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    if (info.channels === channels) return data;
    // A grey picture asked for in colour comes with one channel.
    const spread = new Uint8Array(height * width * channels);
    for (let i = 0; i < height * width; i++)
      for (let c = 0; c < channels; c++) spread[i * channels + c] = data[i * info.channels];
    return spread;
  } catch (error) {
    if (error instanceof BrokenSampleError) throw error;
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new BrokenSampleError(
      'unreadable-image',
      /pixel limit/.test(why) ? 'it claims more than 100 million pixels' : `it cannot be decoded: ${why}`,
    );
  }
}
