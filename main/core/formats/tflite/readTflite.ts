/** .tflite → model. */
import { type Model, type Operator, type Tensor, type TensorId, verifyModel } from '../../graph/index.ts';
import { readEdges } from './edges.ts';
import { Node } from './node.ts';
import { type RawModel, type RawOperator, readRawModel } from './rawModel.ts';
import { TensorTable } from './tensorTable.ts';
import { dataInputsOf, translate } from './translate.ts';

/**
 * Reads an int8 TensorFlow Lite model. Padding becomes explicit numbers, fused activations become clamps, axes and
 * sizes move from constant tensors into the operators. A QUANTIZE that only makes int8 from a float (or uint8) input
 * is dropped, and a DEQUANTIZE that only makes a float output: the model takes and gives int8. What does not
 * contribute to an output is dropped.
 *
 * @param bytes the file
 * @param name what to call the model, and the file in errors
 * @throws StudioError `model.not-tflite`, `model.truncated`, `model.damaged`, `model.several-subgraphs`,
 *   `model.unsupported-operator`, `model.unsupported-type`, `model.not-int8`, `model.invalid`
 */
export function readTflite(bytes: Uint8Array, name: string): Model {
  // A Buffer is a Uint8Array whose slice() is a view; what is read here must be copies.
  const raw = readRawModel(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), name);
  const edges = readEdges(raw, liveOperators(raw, raw.outputs));
  const tensors = new TensorTable(raw, edges.aliases);
  const inputs = edges.inputs.map((index) => tensors.idOf(index));
  const operators = liveOperators(raw, edges.outputs)
    .filter((operator) => !edges.dropped.has(operator))
    .flatMap((operator): Operator | Operator[] => translate(new Node(raw, operator, tensors)));
  const outputs = edges.outputs.map((index): TensorId => tensors.idOf(index));
  const model: Model = { name, tensors: tensors.all() as readonly Tensor[], operators, inputs, outputs };
  verifyModel(model);
  return model;
}

/** The operators that contribute values (not shapes) to the outputs, in the order of the file. */
function liveOperators(raw: RawModel, outputs: readonly number[]): RawOperator[] {
  const needed = new Set(outputs);
  const live: RawOperator[] = [];
  for (const operator of raw.operators.toReversed()) {
    if (!operator.outputs.some((index) => needed.has(index))) continue;
    live.push(operator);
    for (const index of dataInputsOf(operator)) needed.add(index);
  }
  return live.reverse();
}
