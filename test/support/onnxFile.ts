/** Small ONNX files, put together for tests. */
import { DataType, encodeOnnx } from '../../main/core/formats/onnx/proto.ts';

export type Attributes = Readonly<Record<string, number | string | readonly number[]>>;

export interface FileNode {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes?: Attributes;
}

export interface FileConstant {
  readonly name: string;
  readonly type: keyof typeof DataType;
  readonly dims: readonly number[];
  readonly values: readonly number[];
}

export interface FileEnd {
  readonly name: string;
  readonly type: keyof typeof DataType;
  /** A name stands for an extent that is left open. */
  readonly dims: readonly (number | string)[];
}

export interface OnnxFile {
  readonly nodes: readonly FileNode[];
  readonly constants: readonly FileConstant[];
  readonly inputs: readonly FileEnd[];
  readonly outputs: readonly FileEnd[];
}

export function onnxFile({ nodes, constants, inputs, outputs }: OnnxFile): Uint8Array {
  return encodeOnnx({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'main',
      node: nodes.map(({ opType, input, output, attributes = {} }) => ({
        opType,
        input,
        output,
        attribute: Object.entries(attributes).map(([name, value]) => ({ name, ...attributeValue(value) })),
      })),
      initializer: constants.map(({ name, type, dims, values }) => ({
        name,
        dims,
        dataType: DataType[type],
        rawData: rawBytes(type, values),
      })),
      input: inputs.map(endProto),
      output: outputs.map(endProto),
    },
  });
}

function attributeValue(value: number | string | readonly number[]): object {
  if (typeof value === 'string') return { s: new TextEncoder().encode(value) };
  if (typeof value !== 'number') return { ints: value };
  return Number.isInteger(value) ? { i: value, f: value } : { f: value };
}

function rawBytes(type: keyof typeof DataType, values: readonly number[]): Uint8Array {
  switch (type) {
    case 'float':
      return new Uint8Array(Float32Array.from(values).buffer);
    case 'int32':
      return new Uint8Array(Int32Array.from(values).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(values, (value) => BigInt(value)).buffer);
    case 'uint8':
      return Uint8Array.from(values);
    case 'int8':
      return new Uint8Array(Int8Array.from(values).buffer);
  }
}

function endProto({ name, type, dims }: FileEnd): object {
  const dim = dims.map((extent) => (typeof extent === 'number' ? { dimValue: extent } : { dimParam: extent }));
  return { name, type: { tensorType: { elemType: DataType[type], shape: { dim } } } };
}
