/** The flatbuffer of a .tflite file, put together from tensors and operators in the schema's own terms. */
import { Builder } from 'flatbuffers';
import type { EncodedOperator } from './encode.ts';
import {
  BufferField,
  FILE_IDENTIFIER,
  ModelField,
  OperatorCodeField,
  operatorCode,
  OperatorField,
  QuantizationField,
  SubgraphField,
  TensorField,
  TensorType,
} from './schema.ts';

const SCHEMA_VERSION = 3;
const DATA_ALIGNMENT = 16;

export interface FileTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** A value of the schema's `TensorType`. */
  readonly type: number;
  readonly quantization: {
    readonly scales: readonly number[];
    readonly zeroPoints: readonly number[];
    readonly axis: number;
  } | null;
  /** The values of a constant, little-endian; null for what is computed. */
  readonly bytes: Uint8Array | null;
}

/** All of a file: one subgraph and what belongs to it. */
export interface TfliteFile {
  readonly name: string;
  readonly tensors: readonly FileTensor[];
  readonly operators: readonly EncodedOperator[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** The version of each operator from which it takes int8 (TensorFlow Lite `op_version.cc`); 1 for those not named. */
const INT8_VERSIONS: Readonly<Record<string, number>> = {
  ADD: 2,
  AVERAGE_POOL_2D: 2,
  CONCATENATION: 2,
  CONV_2D: 3,
  DEPTHWISE_CONV_2D: 3,
  DEQUANTIZE: 2,
  FULLY_CONNECTED: 4,
  LEAKY_RELU: 2,
  LOGISTIC: 2,
  MAX_POOL_2D: 2,
  MEAN: 2,
  MUL: 2,
  PAD: 2,
  PADV2: 2,
  QUANTIZE: 1,
  RELU: 2,
  RELU6: 2,
  RESIZE_BILINEAR: 3,
  RESIZE_NEAREST_NEIGHBOR: 3,
  SOFTMAX: 2,
  SPLIT: 2,
  SPLIT_V: 2,
  STRIDED_SLICE: 2,
  SUB: 2,
  TRANSPOSE: 2,
};

/** The bytes of the file. Nothing about it is checked. */
export function assembleTflite(file: TfliteFile): Uint8Array {
  const codes = [...new Set(file.operators.map(({ code }) => code))];
  const builder = new Builder(1024);
  const buffers = writeBuffers(builder, file.tensors);
  const subgraphs = offsetVector(builder, [writeSubgraph(builder, file, codes)]);
  const operatorCodes = offsetVector(
    builder,
    codes.map((code) => writeOperatorCode(builder, code)),
  );
  const description = builder.createString('MCUNet Studio');
  builder.startObject(5);
  builder.addFieldInt32(ModelField.version, SCHEMA_VERSION, 0);
  builder.addFieldOffset(ModelField.operatorCodes, operatorCodes, 0);
  builder.addFieldOffset(ModelField.subgraphs, subgraphs, 0);
  builder.addFieldOffset(ModelField.description, description, 0);
  builder.addFieldOffset(ModelField.buffers, buffers, 0);
  builder.finish(builder.endObject(), FILE_IDENTIFIER);
  return builder.asUint8Array().slice();
}

/** Buffer 0 is empty, for what is computed; then one for each constant, in the order of the tensors. */
function writeBuffers(builder: Builder, tensors: readonly FileTensor[]): number {
  const constants = tensors.map((tensor) => tensor.bytes).filter((values) => values !== null);
  const written = constants.map((values) => {
    builder.prep(DATA_ALIGNMENT, values.length);
    const bytes = builder.createByteVector(values);
    builder.startObject(1);
    builder.addFieldOffset(BufferField.data, bytes, 0);
    return builder.endObject();
  });
  builder.startObject(1);
  return offsetVector(builder, [builder.endObject(), ...written]);
}

function writeSubgraph(builder: Builder, file: TfliteFile, codes: readonly string[]): number {
  let constants = 0;
  const tensorVector = offsetVector(
    builder,
    file.tensors.map((tensor) => writeTensor(builder, tensor, tensor.bytes === null ? 0 : ++constants)),
  );
  const operatorVector = offsetVector(
    builder,
    file.operators.map((operator) => writeOperator(builder, operator, codes.indexOf(operator.code))),
  );
  const inputs = int32Vector(builder, file.inputs);
  const outputs = int32Vector(builder, file.outputs);
  const name = builder.createString(file.name);
  builder.startObject(5);
  builder.addFieldOffset(SubgraphField.tensors, tensorVector, 0);
  builder.addFieldOffset(SubgraphField.inputs, inputs, 0);
  builder.addFieldOffset(SubgraphField.outputs, outputs, 0);
  builder.addFieldOffset(SubgraphField.operators, operatorVector, 0);
  builder.addFieldOffset(SubgraphField.name, name, 0);
  return builder.endObject();
}

function writeTensor(builder: Builder, tensor: FileTensor, buffer: number): number {
  const shape = int32Vector(builder, tensor.shape);
  const name = builder.createString(tensor.name);
  const quantization = tensor.quantization === null ? 0 : writeQuantization(builder, tensor.quantization);
  builder.startObject(5);
  builder.addFieldOffset(TensorField.shape, shape, 0);
  builder.addFieldInt8(TensorField.type, tensor.type, TensorType.float32);
  builder.addFieldInt32(TensorField.buffer, buffer, 0);
  builder.addFieldOffset(TensorField.name, name, 0);
  if (quantization !== 0) builder.addFieldOffset(TensorField.quantization, quantization, 0);
  return builder.endObject();
}

function writeQuantization(builder: Builder, quantization: NonNullable<FileTensor['quantization']>): number {
  const { scales, zeroPoints, axis } = quantization;
  builder.startVector(8, zeroPoints.length, 8);
  for (const zeroPoint of zeroPoints.toReversed()) builder.addInt64(BigInt(zeroPoint));
  const zeroPointVector = builder.endVector();
  builder.startVector(4, scales.length, 4);
  for (const scale of scales.toReversed()) builder.addFloat32(scale);
  const scaleVector = builder.endVector();
  builder.startObject(7);
  builder.addFieldOffset(QuantizationField.scale, scaleVector, 0);
  builder.addFieldOffset(QuantizationField.zeroPoint, zeroPointVector, 0);
  builder.addFieldInt32(QuantizationField.quantizedDimension, axis, 0);
  return builder.endObject();
}

function writeOperator(builder: Builder, operator: EncodedOperator, code: number): number {
  const inputs = int32Vector(builder, operator.inputs);
  const outputs = int32Vector(builder, operator.outputs);
  const options = operator.optionsType === 0 ? 0 : writeOptions(builder, operator);
  builder.startObject(5);
  builder.addFieldInt32(OperatorField.opcodeIndex, code, 0);
  builder.addFieldOffset(OperatorField.inputs, inputs, 0);
  builder.addFieldOffset(OperatorField.outputs, outputs, 0);
  if (options !== 0) {
    builder.addFieldInt8(OperatorField.optionsType, operator.optionsType, 0);
    builder.addFieldOffset(OperatorField.options, options, 0);
  }
  return builder.endObject();
}

function writeOptions(builder: Builder, { options }: EncodedOperator): number {
  builder.startObject(Math.max(0, ...options.map(({ field }) => field + 1)));
  for (const { field, type, value } of options) {
    // A null default writes the field whatever its value: some defaults (dilation 1) are not zero.
    if (type === 'int8') builder.addFieldInt8(field, value, null);
    else if (type === 'int32') builder.addFieldInt32(field, value, null);
    else builder.addFieldFloat32(field, value, null);
  }
  return builder.endObject();
}

function writeOperatorCode(builder: Builder, name: string): number {
  const code = operatorCode(name);
  builder.startObject(4);
  builder.addFieldInt8(OperatorCodeField.deprecatedBuiltinCode, code, 0);
  builder.addFieldInt32(OperatorCodeField.version, INT8_VERSIONS[name] ?? 1, 1);
  builder.addFieldInt32(OperatorCodeField.builtinCode, code, 0);
  return builder.endObject();
}

function offsetVector(builder: Builder, offsets: readonly number[]): number {
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}

function int32Vector(builder: Builder, values: readonly number[]): number {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}
