import { readFileSync } from 'node:fs';
import { StudioError } from '../../contract/index.ts';
import { inputBytes, type Model } from '../../core/graph/index.ts';

/** One sample of raw int8 values, one array for each input of the model, and the file that it came from. */
export interface RawSample {
  readonly file: string;
  readonly inputs: readonly Int8Array[];
}

/**
 * Reads a sample: raw int8, the model's inputs one after the other.
 *
 * @throws StudioError `input.not-found`, `input.wrong-size`
 */
export function readRawSample(model: Model, file: string): RawSample {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new StudioError({
      code: 'input.not-found',
      message: `The input file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`,
      remedy: 'Check the path.',
      details: { file },
      cause: error,
    });
  }
  const sizes = inputBytes(model);
  const wanted = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes.length !== wanted)
    throw new StudioError({
      code: 'input.wrong-size',
      message: `${file} has ${bytes.length} bytes, but one sample of ${model.name} has ${wanted}${sizes.length > 1 ? ` (${sizes.join(' + ')})` : ''}.`,
      remedy: 'Give raw int8 values in the order of the model’s inputs, one file for each sample.',
      details: { file, bytes: bytes.length, wanted, inputs: sizes },
    });
  let at = 0;
  const inputs = sizes.map((size) => Int8Array.from(bytes.subarray(at, (at += size)), (byte) => (byte << 24) >> 24));
  return { file, inputs };
}

/** The outputs one after the other, as bytes for a file. */
export function concatenate(outputs: readonly Int8Array[]): Uint8Array {
  const all = new Uint8Array(outputs.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const output of outputs) {
    all.set(new Uint8Array(output.buffer, output.byteOffset, output.length), at);
    at += output.length;
  }
  return all;
}
