/** One operator of the file while it is being translated, with short ways to what it refers to. */
import { StudioError } from '../../../contract/index.ts';
import { type Clamp, clampFor, type FusedActivation, quoted, type TensorId } from '../../graph/index.ts';
import type { FlatTable } from './flatReader.ts';
import type { RawModel, RawOperator, RawTensor } from './rawModel.ts';
import { ActivationFunction, TensorType, tensorTypeName } from './schema.ts';
import type { TensorTable } from './tensorTable.ts';

const ACTIVATIONS: ReadonlyMap<number, FusedActivation> = new Map([
  [ActivationFunction.none, 'none'],
  [ActivationFunction.relu, 'relu'],
  [ActivationFunction.reluN1To1, 'relu_n1_to_1'],
  [ActivationFunction.relu6, 'relu6'],
]);

export class Node {
  readonly operator: RawOperator;
  private readonly raw: RawModel;
  readonly tensors: TensorTable;

  constructor(raw: RawModel, operator: RawOperator, tensors: TensorTable) {
    this.raw = raw;
    this.operator = operator;
    this.tensors = tensors;
  }

  /** A name for the model's operator, unique by the operator's place. */
  named(kind: string): string {
    return `${kind}_${this.operator.place}`;
  }

  /** The options table, or an error where the operator cannot do without. */
  options(): FlatTable {
    return this.operator.options ?? this.refuse('its options are missing');
  }

  hasInput(position: number): boolean {
    return (this.operator.inputs[position] ?? -1) >= 0;
  }

  /** The file's tensor at an input. */
  input(position: number): RawTensor {
    const index = this.operator.inputs[position] ?? -1;
    return index < 0 ? this.refuse(`its input ${position} is missing`) : this.raw.tensor(index);
  }

  output(position = 0): RawTensor {
    const index = this.operator.outputs[position];
    return index === undefined ? this.refuse(`its output ${position} is missing`) : this.raw.tensor(index);
  }

  /** The model's tensor for an int8 input. */
  int8Input(position: number): TensorId {
    const tensor = this.input(position);
    if (tensor.type !== TensorType.int8) this.refuseType(tensor, 'takes');
    return this.tensors.idOf(tensor.index);
  }

  int8Output(position = 0): TensorId {
    const tensor = this.output(position);
    if (tensor.type !== TensorType.int8) this.refuseType(tensor, 'makes');
    return this.tensors.idOf(tensor.index);
  }

  /** The model's tensor for any type that a model may hold. */
  idOf(tensor: RawTensor): TensorId {
    return this.tensors.idOf(tensor.index);
  }

  /** The file's index of the int32 tensor at an input. */
  biasIndex(position: number): number {
    const tensor = this.input(position);
    if (tensor.type !== TensorType.int32) this.refuseType(tensor, 'takes as bias');
    return tensor.index;
  }

  /** The values of a constant int32 or int64 tensor. */
  constants(position: number, what: string): number[] {
    const tensor = this.input(position);
    if (tensor.shape.includes(0)) return [];
    if (tensor.data === null) this.refuse(`its ${what} are computed, not constant`);
    const bytes = tensor.data;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length > 64) this.refuse(`its ${what} are ${bytes.length} bytes long`);
    if (tensor.type === TensorType.int32) {
      return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getInt32(4 * index, true));
    }
    if (tensor.type === TensorType.int64) {
      return Array.from({ length: Math.floor(bytes.length / 8) }, (_, index) =>
        Number(view.getBigInt64(8 * index, true)),
      );
    }
    return this.refuse(`its ${what} are ${tensorTypeName(tensor.type)}`);
  }

  /** The clamp of a fused activation on the operator's output. */
  clamp(activation: number): Clamp {
    const fused = ACTIVATIONS.get(activation);
    if (fused === undefined) this.refuse(`its fused activation ${activation} is not RELU, RELU_N1_TO_1 or RELU6`);
    const { scales, zeroPoints } = this.output();
    return clampFor(fused, scales[0] ?? 1, zeroPoints[0] ?? 0);
  }

  /** The extents of an NHWC tensor. */
  image(tensor: RawTensor): { readonly height: number; readonly width: number; readonly channels: number } {
    const [batch, height, width, channels] = tensor.shape;
    if (batch === undefined || height === undefined || width === undefined || channels === undefined) {
      this.refuse(
        `${quoted(tensor.name)} has ${tensor.shape.length} axes where batch, height, width and channels should be`,
      );
    }
    return { height, width, channels };
  }

  refuse(why: string): never {
    const { place, name, outputs } = this.operator;
    const made = outputs[0] === undefined ? '' : `, which makes ${quoted(this.raw.tensor(outputs[0]).name)}`;
    throw new StudioError({
      code: 'model.unsupported-operator',
      message: `${this.raw.name} cannot be used: operator ${place} (${name}${made}): ${why}.`,
      remedy: 'Change the network so that it does without this, and convert it again.',
      details: { operator: name, place, why },
    });
  }

  private refuseType(tensor: RawTensor, verb: string): never {
    const { place, name } = this.operator;
    throw new StudioError({
      code: 'model.not-int8',
      message:
        `${this.raw.name} is not an int8 model: operator ${place} (${name}) ${verb} ` +
        `${tensorTypeName(tensor.type)} ${quoted(tensor.name)}.`,
      remedy:
        'Convert the network with full integer quantization (TFLITE_BUILTINS_INT8 and a representative data set).',
      details: { operator: name, place, tensor: tensor.name, type: tensorTypeName(tensor.type) },
    });
  }
}
