/** The flatbuffer as it stands: tensors, operators and what they refer to, before any of it is given a meaning. */
import { StudioError } from '../../../contract/index.ts';
import { FlatReader, type FlatTable } from './flatReader.ts';
import {
  BufferField,
  CUSTOM_CODE,
  FILE_IDENTIFIER,
  ModelField,
  OperatorCodeField,
  OperatorField,
  operatorName,
  QuantizationField,
  SubgraphField,
  TensorField,
} from './schema.ts';

export interface RawTensor {
  readonly index: number;
  readonly name: string;
  readonly shape: readonly number[];
  /** A value of the schema's `TensorType`. */
  readonly type: number;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly quantizedDimension: number;
  /** The bytes of a constant, little-endian; null for what is computed. */
  readonly data: Uint8Array | null;
  readonly sparse: boolean;
}

export interface RawOperator {
  /** Where it stands in the file, from 0. */
  readonly place: number;
  /** `CONV_2D`; a custom operator's own name. */
  readonly name: string;
  readonly custom: boolean;
  readonly options: FlatTable | null;
  /** Tensor indexes; −1 where an optional input is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

export interface RawModel {
  readonly name: string;
  readonly tensorCount: number;
  readonly operators: readonly RawOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  tensor(index: number): RawTensor;
}

/** No tensor of any real model has more axes. */
const MOST_AXES = 8;

export function readRawModel(bytes: Uint8Array, name: string): RawModel {
  checkIdentifier(bytes, name);
  const model = new FlatReader(bytes, name).root('model');
  const subgraphs = model.tables(ModelField.subgraphs, 'subgraph');
  if (subgraphs.length !== 1) throw severalSubgraphs(name, subgraphs.length);
  const subgraph = subgraphs.at(0);
  const codes = readOperatorCodes(model);
  const tensors = subgraph.tables(SubgraphField.tensors, 'tensor');
  const buffers = model.tables(ModelField.buffers, 'buffer');
  const operators = subgraph.tables(SubgraphField.operators, 'operator');
  const read = new Map<number, RawTensor>();
  return {
    name,
    tensorCount: tensors.length,
    inputs: checkedIndexes(subgraph.int32s(SubgraphField.inputs, 'inputs'), tensors.length, 0, name, 'model'),
    outputs: checkedIndexes(subgraph.int32s(SubgraphField.outputs, 'outputs'), tensors.length, 0, name, 'model'),
    operators: Array.from({ length: operators.length }, (_, place) =>
      readOperator(operators.at(place), place, codes, tensors.length, name),
    ),
    tensor: (index) => {
      const known = read.get(index) ?? readTensor(tensors.at(index), index, buffers, name);
      read.set(index, known);
      return known;
    },
  };
}

function checkIdentifier(bytes: Uint8Array, name: string): void {
  if (bytes.length >= 8 && String.fromCharCode(...bytes.subarray(4, 8)) === FILE_IDENTIFIER) return;
  throw new StudioError({
    code: 'model.not-tflite',
    message: `${name} is not a TensorFlow Lite model: bytes 4 to 8 of such a file read ${FILE_IDENTIFIER}.`,
    remedy: 'Choose a .tflite file.',
    details: { fileBytes: bytes.length },
  });
}

function severalSubgraphs(name: string, count: number): StudioError {
  return new StudioError({
    code: 'model.several-subgraphs',
    message: `${name} has ${count} subgraphs; MCUNet Studio runs models of exactly one.`,
    remedy: 'Convert the network without control flow (IF, WHILE, CALL_ONCE), which is what needs further subgraphs.',
    details: { subgraphs: count },
  });
}

interface OperatorCode {
  readonly name: string;
  readonly custom: boolean;
}

function readOperatorCodes(model: FlatTable): OperatorCode[] {
  const codes = model.tables(ModelField.operatorCodes, 'operator code');
  return Array.from({ length: codes.length }, (_, index) => {
    const entry = codes.at(index);
    // Writers from before 2020 fill only the old field, later ones both; large codes stand in the new one only.
    const old = entry.int8(OperatorCodeField.deprecatedBuiltinCode);
    const code = Math.max(old, entry.int32(OperatorCodeField.builtinCode));
    const custom = code === CUSTOM_CODE;
    return { custom, name: custom ? entry.string(OperatorCodeField.customCode, 'custom code') : operatorName(code) };
  });
}

function readOperator(
  table: FlatTable,
  place: number,
  codes: readonly OperatorCode[],
  tensorCount: number,
  modelName: string,
): RawOperator {
  const code = codes[table.uint32(OperatorField.opcodeIndex)];
  if (code === undefined) throw damaged(modelName, `operator ${place} has a kind that the file does not list`);
  const what = `operator ${place} (${code.name})`;
  return {
    place,
    ...code,
    options: table.table(OperatorField.options, `options of ${what}`),
    inputs: checkedIndexes(table.int32s(OperatorField.inputs, `inputs of ${what}`), tensorCount, -1, modelName, what),
    outputs: checkedIndexes(table.int32s(OperatorField.outputs, `outputs of ${what}`), tensorCount, 0, modelName, what),
  };
}

function checkedIndexes(
  indexes: number[],
  tensorCount: number,
  least: number,
  modelName: string,
  what: string,
): number[] {
  const wrong = indexes.find((index) => index < least || index >= tensorCount);
  if (wrong === undefined) return indexes;
  throw damaged(modelName, `the ${what} refers to tensor ${wrong}, but there are ${tensorCount}`);
}

function readTensor(
  table: FlatTable,
  index: number,
  buffers: { readonly length: number; at(index: number): FlatTable },
  modelName: string,
): RawTensor {
  const what = `tensor ${index}`;
  const shape = table.int32s(TensorField.shape, `shape of ${what}`);
  if (shape.length > MOST_AXES) throw damaged(modelName, `${what} has ${shape.length} axes`);
  const quantization = table.table(TensorField.quantization, `quantization of ${what}`);
  const bufferIndex = table.uint32(TensorField.buffer);
  if (bufferIndex >= buffers.length)
    throw damaged(modelName, `${what} is in buffer ${bufferIndex} of ${buffers.length}`);
  const buffer = buffers.at(bufferIndex);
  if (buffer.int64(BufferField.size) !== 0) throw damaged(modelName, `${what} is kept outside the flatbuffer`);
  const data = buffer.bytes(BufferField.data, `data of ${what}`);
  return {
    index,
    name: table.string(TensorField.name, `name of ${what}`),
    shape,
    type: table.int8(TensorField.type),
    scales: quantization?.float32s(QuantizationField.scale, `scales of ${what}`) ?? [],
    zeroPoints: quantization?.int64s(QuantizationField.zeroPoint, `zero points of ${what}`) ?? [],
    quantizedDimension: quantization?.int32(QuantizationField.quantizedDimension) ?? 0,
    data: data.length === 0 ? null : data,
    sparse: table.has(TensorField.sparsity),
  };
}

/** The error for a file that can be read but contradicts itself. */
export function damaged(modelName: string, why: string): StudioError {
  return new StudioError({
    code: 'model.damaged',
    message: `${modelName} is damaged: ${why}.`,
    remedy: 'Get the file again from where it came from.',
    details: { why },
  });
}
