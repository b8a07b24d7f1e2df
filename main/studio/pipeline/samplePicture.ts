import sharp from 'sharp';
import type { InputShape } from '../../core/architecture/index.ts';

/** A sample as a PNG; null where it is no picture. One channel is grey, and spectra and series are seen as pictures too. */
export async function samplePicture(
  { height, width, channels }: InputShape,
  bytes: Uint8Array,
): Promise<Uint8Array | null> {
  if (channels !== 1 && channels !== 3) return null;
  return sharp(new Uint8Array(bytes), { raw: { width, height, channels } }).png({ compressionLevel: 9 }).toBuffer();
}
