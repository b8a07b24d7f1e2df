/** Puts a model together, tensor by tensor and operator by operator. */
import type { Model, Operator, Quantization, Tensor, TensorId } from './model.ts';
import type { Shape } from './shape.ts';
import { verifyModel } from './verify.ts';

type Unnamed<T> = T extends Operator ? Omit<T, 'name'> : never;
/** An operator to which the builder gives a name. */
export type UnnamedOperator = Unnamed<Operator>;

const perTensor = (scale: number, zeroPoint: number): Quantization => ({
  scales: [Math.fround(scale)],
  zeroPoints: [zeroPoint],
  axis: 0,
});

export class ModelBuilder {
  private readonly tensors: Tensor[] = [];
  private readonly operators: Operator[] = [];
  private readonly inputs: TensorId[] = [];

  /** A model input; int8. */
  input(shape: Shape, scale: number, zeroPoint: number, name = `input_${this.inputs.length}`): TensorId {
    const id = this.activation(shape, scale, zeroPoint, name);
    this.inputs.push(id);
    return id;
  }

  /** An int8 tensor that an operator is to make. */
  activation(shape: Shape, scale: number, zeroPoint: number, name = `value_${this.tensors.length}`): TensorId {
    return this.tensor({ name, shape, type: 'int8', quantization: perTensor(scale, zeroPoint), data: null });
  }

  /** A constant with one scale. */
  constant(shape: Shape, data: Int8Array, scale: number, zeroPoint: number): TensorId {
    const name = `constant_${this.tensors.length}`;
    return this.tensor({ name, shape, type: 'int8', quantization: perTensor(scale, zeroPoint), data });
  }

  /** Symmetric weights with one scale, or with one for each index along `axis`. */
  weights(shape: Shape, data: Int8Array, scales: readonly number[], axis: number): TensorId {
    const quantization = {
      scales: scales.map(Math.fround),
      zeroPoints: scales.map(() => 0),
      axis: scales.length === 1 ? 0 : axis,
    };
    return this.tensor({ name: `weights_${this.tensors.length}`, shape, type: 'int8', quantization, data });
  }

  /** An int32 bias on the scale of input times weights. */
  bias(data: Int32Array, inputScale: number, weightScales: readonly number[]): TensorId {
    const scales = weightScales.map((scale) => Math.fround(scale * inputScale));
    const quantization = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
    return this.tensor({
      name: `bias_${this.tensors.length}`,
      shape: [data.length],
      type: 'int32',
      quantization,
      data,
    });
  }

  tensor(tensor: Tensor): TensorId {
    return this.tensors.push(tensor) - 1;
  }

  /** What a tensor was declared as. */
  at(id: TensorId): Tensor {
    const tensor = this.tensors[id];
    if (tensor === undefined) throw new RangeError(`the builder has no tensor ${id}`);
    return tensor;
  }

  /** Appends an operator, named by its kind and its place. */
  add(operator: UnnamedOperator, name = `${operator.kind}_${this.operators.length}`): void {
    this.operators.push({ ...operator, name } as Operator);
  }

  /** @throws StudioError `model.invalid` where what was put together is not valid */
  build(name: string, outputs: readonly TensorId[]): Model {
    const model: Model = {
      name,
      tensors: [...this.tensors],
      operators: [...this.operators],
      inputs: [...this.inputs],
      outputs: [...outputs],
    };
    verifyModel(model);
    return model;
  }
}
