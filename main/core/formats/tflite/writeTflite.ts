/** Model → .tflite. */
import { type Model, type Tensor, verifyModel } from '../../graph/index.ts';
import { assembleTflite, type FileTensor, type TfliteFile } from './assemble.ts';
import { encode } from './encode.ts';
import { TensorType } from './schema.ts';

/**
 * Writes a model in TensorFlow Lite's format. Reading it back gives the same results for the same inputs, and the same
 * model up to names where all its paddings are SAME or VALID.
 *
 * @throws StudioError `model.invalid`; `model.cannot-write` for a clamp or a padding that the format has no words for
 */
export function writeTflite(model: Model): Uint8Array {
  verifyModel(model);
  return assembleTflite(toTfliteFile(model));
}

/** What is to be written, in the schema's own terms. */
export function toTfliteFile(model: Model): TfliteFile {
  const tensors: Tensor[] = [...model.tensors];
  const operators = model.operators.flatMap((operator) =>
    encode(model, operator, (tensor) => tensors.push(tensor) - 1),
  );
  const { name, inputs, outputs } = model;
  return { name, tensors: tensors.map(toFileTensor), operators, inputs, outputs };
}

function toFileTensor({ name, shape, type, quantization, data }: Tensor): FileTensor {
  const bytes = data === null ? null : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name, shape, type: TensorType[type], quantization, bytes };
}
