/** Tensors of the file that the model needs, numbered in the order in which they are first asked for. */
import { StudioError } from '../../../contract/index.ts';
import {
  elementsOf,
  type Quantization,
  quoted,
  type Tensor,
  type TensorData,
  type TensorId,
} from '../../graph/index.ts';
import { damaged, type RawModel, type RawTensor } from './rawModel.ts';
import { TensorType, tensorTypeName } from './schema.ts';

/** More elements than this in one tensor are taken for a damaged file: no board has a thousandth of it. */
const MOST_ELEMENTS = 2 ** 26;

export class TensorTable {
  private readonly ids = new Map<number, TensorId>();
  private readonly tensors: Tensor[] = [];
  private readonly raw: RawModel;
  private readonly aliases: ReadonlyMap<number, number>;

  constructor(raw: RawModel, aliases: ReadonlyMap<number, number>) {
    this.raw = raw;
    this.aliases = aliases;
  }

  /** The model's tensor for a tensor of the file. */
  idOf(index: number): TensorId {
    const real = this.aliases.get(index) ?? index;
    const known = this.ids.get(real);
    if (known !== undefined) return known;
    return this.add(real, this.convert(this.raw.tensor(real)));
  }

  /** A tensor of the file as the model would have it, without adding it. */
  peek(index: number): Tensor {
    return this.convert(this.raw.tensor(this.aliases.get(index) ?? index));
  }

  /** Adds a tensor that the file does not have. */
  addNew(tensor: Tensor): TensorId {
    return this.tensors.push(tensor) - 1;
  }

  /** The bias of an operator; where the file gives it no scales, they are those that its arithmetic implies. */
  biasIdOf(index: number, impliedScales: readonly number[]): TensorId {
    const known = this.ids.get(index);
    if (known !== undefined) return known;
    return this.add(index, this.peekBias(index, impliedScales));
  }

  peekBias(index: number, impliedScales: readonly number[]): Tensor {
    const tensor = this.convert(this.raw.tensor(index));
    const implied = { scales: impliedScales, zeroPoints: impliedScales.map(() => 0), axis: 0 };
    return { ...tensor, quantization: tensor.quantization ?? implied };
  }

  all(): readonly Tensor[] {
    return this.tensors;
  }

  private add(index: number, tensor: Tensor): TensorId {
    const id = this.tensors.push(tensor) - 1;
    this.ids.set(index, id);
    return id;
  }

  private convert(raw: RawTensor): Tensor {
    const label = `tensor ${raw.index} ${quoted(raw.name)}`;
    if (raw.shape.some((extent) => extent < 1) || elementsOf(raw.shape) > MOST_ELEMENTS) {
      throw damaged(this.raw.name, `${label} has the shape ${raw.shape.join('×')}`);
    }
    if (raw.sparse) throw this.unsupportedType(label, 'kept in sparse form');
    const type = typeOf(raw.type);
    if (type === null) throw this.unsupportedType(label, tensorTypeName(raw.type));
    return {
      name: raw.name,
      shape: raw.shape,
      type,
      quantization: quantizationOf(raw),
      data: raw.data === null ? null : this.dataOf(raw, type, raw.data, label),
    };
  }

  private dataOf(raw: RawTensor, type: Tensor['type'], bytes: Uint8Array, label: string): TensorData {
    const wanted = elementsOf(raw.shape) * (type === 'int8' ? 1 : 4);
    if (bytes.length !== wanted) {
      throw damaged(this.raw.name, `${label} of shape ${raw.shape.join('×')} has ${bytes.length} bytes, not ${wanted}`);
    }
    // A copy, so that the model does not keep the whole file, and is aligned.
    const copy = bytes.slice();
    if (type === 'int8') return new Int8Array(copy.buffer);
    return type === 'int32' ? new Int32Array(copy.buffer) : new Float32Array(copy.buffer);
  }

  private unsupportedType(label: string, type: string): StudioError {
    return new StudioError({
      code: 'model.unsupported-type',
      message: `${this.raw.name} cannot be used: its ${label} is ${type}, and only int8 is computed with.`,
      remedy: 'Convert the network with full integer quantization to int8.',
      details: { tensor: label, type },
    });
  }
}

function typeOf(type: number): Tensor['type'] | null {
  if (type === TensorType.int8) return 'int8';
  if (type === TensorType.int32) return 'int32';
  return type === TensorType.float32 ? 'float32' : null;
}

function quantizationOf(raw: RawTensor): Quantization | null {
  if (raw.scales.length === 0 || raw.type === TensorType.float32) return null;
  const zeroPoints = raw.scales.map((_, index) => raw.zeroPoints[raw.zeroPoints.length === 1 ? 0 : index] ?? 0);
  return { scales: raw.scales, zeroPoints, axis: raw.scales.length === 1 ? 0 : raw.quantizedDimension };
}
