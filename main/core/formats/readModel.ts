/** A model file of any kind that can be read. */
import type { Model } from '../graph/index.ts';
import { readOnnx } from './onnx/readOnnx.ts';
import { readTflite } from './tflite/readTflite.ts';

/**
 * Reads a .tflite or an .onnx file; the name's ending says which, and anything but .onnx is taken for .tflite.
 *
 * @param name the file's name, which becomes the model's
 * @throws StudioError as {@link readTflite} and {@link readOnnx} do
 */
export function readModel(bytes: Uint8Array, name: string): Model {
  return /\.onnx$/i.test(name) ? readOnnx(bytes, name) : readTflite(bytes, name);
}
