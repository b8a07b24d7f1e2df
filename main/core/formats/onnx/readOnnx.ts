/** .onnx → model. */
import type { Model } from '../../graph/index.ts';
import { Importer } from './importer.ts';
import { importNode } from './operators.ts';
import { decodeOnnx } from './proto.ts';

/**
 * Reads a statically quantized ONNX network: QDQ format (QuantizeLinear and DequantizeLinear around each operator) or
 * QOperator format (QLinearConv and its kin). Images become N, H, W, C; uint8 becomes int8, 128 less; float ends are
 * taken as the int8 inside. The model computes with TensorFlow Lite's rounding, which differs from ONNX Runtime's by
 * at most one step where a product lies halfway.
 *
 * @param bytes the file
 * @param name what to call the model, and the file in errors
 * @throws StudioError `model.not-onnx`, `model.truncated`, `model.damaged`, `model.unsupported-operator`,
 *   `model.unsupported-type`, `model.not-int8`, `model.invalid`
 */
export function readOnnx(bytes: Uint8Array, name: string): Model {
  const importer = new Importer(decodeOnnx(bytes, name), name);
  for (const node of importer.nodes) importNode(importer, node);
  return importer.builder.build(name, importer.outputs());
}
