/** The part of ONNX's protobuf schema (`onnx.proto3`) that quantized networks use, and its decoding. */
import protobuf from 'protobufjs/light.js';
import { StudioError } from '../../../contract/index.ts';

const repeated = (type: string, id: number) => ({ rule: 'repeated', type, id });
const single = (type: string, id: number) => ({ type, id });

/** Subgraphs, functions, training information and metadata are left out: they are skipped unread. */
const SCHEMA: protobuf.INamespace = {
  nested: {
    Model: {
      fields: { irVersion: single('int64', 1), graph: single('Graph', 7), opsetImport: repeated('OperatorSet', 8) },
    },
    OperatorSet: { fields: { domain: single('string', 1), version: single('int64', 2) } },
    Graph: {
      fields: {
        node: repeated('Node', 1),
        name: single('string', 2),
        initializer: repeated('Tensor', 5),
        input: repeated('ValueInfo', 11),
        output: repeated('ValueInfo', 12),
      },
    },
    Node: {
      fields: {
        input: repeated('string', 1),
        output: repeated('string', 2),
        name: single('string', 3),
        opType: single('string', 4),
        attribute: repeated('Attribute', 5),
        domain: single('string', 7),
      },
    },
    Attribute: {
      fields: {
        name: single('string', 1),
        f: single('float', 2),
        i: single('int64', 3),
        s: single('bytes', 4),
        t: single('Tensor', 5),
        floats: repeated('float', 7),
        ints: repeated('int64', 8),
      },
    },
    Tensor: {
      fields: {
        dims: repeated('int64', 1),
        dataType: single('int32', 2),
        floatData: repeated('float', 4),
        int32Data: repeated('int32', 5),
        int64Data: repeated('int64', 7),
        name: single('string', 8),
        rawData: single('bytes', 9),
        dataLocation: single('int32', 14),
      },
    },
    ValueInfo: { fields: { name: single('string', 1), type: single('ValueType', 2) } },
    ValueType: { fields: { tensorType: single('TensorType', 1) } },
    TensorType: { fields: { elemType: single('int32', 1), shape: single('Shape', 2) } },
    Shape: { fields: { dim: repeated('Dimension', 1) } },
    Dimension: { fields: { dimValue: single('int64', 1), dimParam: single('string', 2) } },
  },
};

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly name: string;
  readonly rawData: Uint8Array;
  readonly dataLocation: number;
}

export interface AttributeProto {
  readonly name: string;
  readonly f: number;
  readonly i: number;
  readonly s: Uint8Array;
  readonly t: TensorProto | null;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly attribute: readonly AttributeProto[];
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue: number; readonly dimParam: string }[] } | null;
    } | null;
  } | null;
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface ModelProto {
  readonly irVersion: number;
  readonly graph: GraphProto | null;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
}

/** Values of `TensorProto.DataType`. */
export const DataType = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;

const modelType = protobuf.Root.fromJSON(SCHEMA).lookupType('Model');

/** @throws StudioError `model.not-onnx` or `model.truncated` */
export function decodeOnnx(bytes: Uint8Array, name: string): GraphProto {
  const model = decode(bytes, name);
  if (model.graph !== null && model.irVersion > 0) return model.graph;
  throw new StudioError({
    code: 'model.not-onnx',
    message: `${name} is not an ONNX model: it has no graph.`,
    remedy: 'Choose an .onnx file.',
    details: { fileBytes: bytes.length },
  });
}

function decode(bytes: Uint8Array, name: string): ModelProto {
  try {
    const options = { longs: Number, defaults: true, arrays: true };
    return modelType.toObject(modelType.decode(bytes), options) as unknown as ModelProto;
  } catch (thrown) {
    throw new StudioError({
      code: 'model.truncated',
      message: `${name} is cut short, damaged or no ONNX model: its protobuf cannot be decoded.`,
      remedy: 'Get the file again from where it came from.',
      details: { fileBytes: bytes.length, reason: thrown instanceof Error ? thrown.message : String(thrown) },
      cause: thrown,
    });
  }
}

/** The bytes of a model; fields that are left out have protobuf's defaults. */
export function encodeOnnx(model: object): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}
