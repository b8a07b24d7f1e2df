import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { StudioError } from '../../contract/index.ts';
import { readModel } from '../../core/formats/index.ts';
import type { Model } from '../../core/graph/index.ts';
import { sha256 } from '../../store/index.ts';

/** A model together with the file that it was read from. */
export interface OpenModel {
  readonly model: Model;
  readonly bytes: Uint8Array;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
}

/** No network for a microcontroller comes near; what does is some other file. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Reads a model file: .tflite or .onnx.
 *
 * @param name what to call it; after its file where absent
 * @throws StudioError `model.not-found`, `model.unreadable`, `model.too-large`, and what `readModel` throws
 */
export function openModel(file: string, name: string = basename(file)): OpenModel {
  const bytes = readBounded(file);
  return { model: readModel(bytes, name), bytes, sha256: sha256(bytes) };
}

function readBounded(file: string): Uint8Array {
  try {
    const { size } = statSync(file);
    if (size > mostBytes)
      throw new StudioError({
        code: 'model.too-large',
        message: `${file} has ${size} bytes; no model of that size fits a microcontroller.`,
        remedy: 'Check that this is the file that you meant: an int8 .tflite or .onnx model.',
        details: { file, bytes: size },
      });
    return readFileSync(file);
  } catch (error) {
    if (error instanceof StudioError) throw error;
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

function unreadable(file: string, error: NodeJS.ErrnoException): StudioError {
  if (error.code === 'ENOENT')
    return new StudioError({
      code: 'model.not-found',
      message: `There is no model file ${file}.`,
      remedy: 'Check the path.',
      details: { file },
      cause: error,
    });
  const why =
    error.code === 'EISDIR' ? 'it is a folder' : error.code === 'EACCES' ? 'permission denied' : error.message;
  return new StudioError({
    code: 'model.unreadable',
    message: `The model file ${file} cannot be read: ${why}.`,
    remedy: 'Choose an int8 .tflite or .onnx file that this user may read.',
    details: { file, systemCode: error.code },
    cause: error,
  });
}
