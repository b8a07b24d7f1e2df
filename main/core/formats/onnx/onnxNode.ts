/** Constants and nodes of an ONNX graph, with short ways to what they hold and one form of refusal. */
import { StudioError } from '../../../contract/index.ts';
import { elementsOf, quoted } from '../../graph/index.ts';
import { type AttributeProto, DataType, type NodeProto, type TensorProto } from './proto.ts';

export interface OnnxConstant {
  readonly dims: readonly number[];
  readonly type: 'float' | 'uint8' | 'int8' | 'int32' | 'int64';
  readonly values: readonly number[];
}

const decoder = new TextDecoder();

export class OnnxNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** `Conv`; with its domain in front where that is not ONNX's own. */
  readonly type: string;
  readonly place: number;
  private readonly modelName: string;
  private readonly attributes: ReadonlyMap<string, AttributeProto>;

  constructor(proto: NodeProto, place: number, modelName: string) {
    this.inputs = proto.input;
    this.outputs = proto.output;
    this.type = proto.opType;
    this.place = place;
    this.modelName = modelName;
    this.attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  /** The name of an input, or null where it is left out. */
  input(position: number): string | null {
    return this.inputs[position] || null;
  }

  output(position = 0): string {
    return this.outputs[position] || this.refuse(`its output ${position} is missing`);
  }

  int(name: string, absent: number): number {
    return this.attributes.get(name)?.i ?? absent;
  }

  float(name: string, absent: number): number {
    return this.attributes.get(name)?.f ?? absent;
  }

  ints(name: string): readonly number[] | null {
    return this.attributes.get(name)?.ints ?? null;
  }

  text(name: string, absent: string): string {
    const bytes = this.attributes.get(name)?.s;
    return bytes === undefined ? absent : decoder.decode(bytes);
  }

  tensor(name: string): TensorProto | null {
    return this.attributes.get(name)?.t ?? null;
  }

  has(name: string): boolean {
    return this.attributes.has(name);
  }

  refuse(why: string): never {
    const made = this.outputs[0] === undefined ? '' : `, which makes ${quoted(this.outputs[0])}`;
    throw new StudioError({
      code: 'model.unsupported-operator',
      message: `${this.modelName} cannot be used: operator ${this.place} (${this.type}${made}): ${why}.`,
      remedy: 'Change the network so that it does without this, and export it again.',
      details: { operator: this.type, place: this.place, why },
    });
  }

  refuseFloat(tensor: string): never {
    throw new StudioError({
      code: 'model.not-int8',
      message:
        `${this.modelName} is not an int8 model: operator ${this.place} (${this.type}) works with ` +
        `${quoted(tensor)}, which is not quantized.`,
      remedy: 'Quantize the whole network statically (QDQ or QOperator format) and export it again.',
      details: { operator: this.type, place: this.place, tensor },
    });
  }
}

/** @throws StudioError `model.damaged` or `model.unsupported-type` */
export function decodeConstant(tensor: TensorProto, modelName: string): OnnxConstant {
  const { dims, name } = tensor;
  const fail = (code: string, why: string): never => {
    throw new StudioError({
      code,
      message: `${modelName} cannot be used: its constant ${quoted(name)} ${why}.`,
      remedy: 'Export the network again, with its weights in the same file.',
      details: { tensor: name, dims },
    });
  };
  if (tensor.dataLocation !== 0) fail('model.unsupported-type', 'is kept in another file');
  const type = TYPES.get(tensor.dataType) ?? fail('model.unsupported-type', `is of type ${tensor.dataType}`);
  const values = tensor.rawData.length > 0 ? rawValues(tensor.rawData, type) : typedValues(tensor, type);
  const wanted = dims.some((extent) => extent < 0) ? NaN : elementsOf(dims);
  if (values.length !== wanted) fail('model.damaged', `of shape ${dims.join('×')} has ${values.length} values`);
  return { dims, type, values };
}

const TYPES: ReadonlyMap<number, OnnxConstant['type']> = new Map([
  [DataType.float, 'float'],
  [DataType.uint8, 'uint8'],
  [DataType.int8, 'int8'],
  [DataType.int32, 'int32'],
  [DataType.int64, 'int64'],
]);

function typedValues(tensor: TensorProto, type: OnnxConstant['type']): readonly number[] {
  if (type === 'float') return tensor.floatData;
  return type === 'int64' ? tensor.int64Data : tensor.int32Data;
}

function rawValues(bytes: Uint8Array, type: OnnxConstant['type']): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = { float: 4, uint8: 1, int8: 1, int32: 4, int64: 8 }[type];
  const read: Record<OnnxConstant['type'], (at: number) => number> = {
    float: (at) => view.getFloat32(at, true),
    uint8: (at) => view.getUint8(at),
    int8: (at) => view.getInt8(at),
    int32: (at) => view.getInt32(at, true),
    int64: (at) => Number(view.getBigInt64(at, true)),
  };
  return Array.from({ length: Math.floor(bytes.length / width) }, (_, index) => read[type](index * width));
}
