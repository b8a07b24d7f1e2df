/** Models of a single operator, for tests that compare numbers. */
import {
  interpret,
  type Model,
  ModelBuilder,
  type Shape,
  type TensorId,
  type UnnamedOperator,
} from '../../../main/core/graph/index.ts';

export const NO_CLAMP = { min: -128, max: 127 };
export const NO_PADDING = { top: 0, bottom: 0, left: 0, right: 0 };
export const ONE_STEP = { strideH: 1, strideW: 1, padding: NO_PADDING };

export interface Ends {
  readonly shape: Shape;
  readonly scale?: number;
  readonly zeroPoint?: number;
}

/** What is left to say of an operator once its tensors are there. */
type Parameters = UnnamedOperator extends infer T ? (T extends unknown ? Omit<T, 'inputs' | 'outputs'> : never) : never;

/** A model whose inputs go into one operator, after which come the constants, and whose outputs are the model's. */
export function modelOf(
  parameters: Parameters,
  inputs: readonly Ends[],
  outputs: readonly Ends[],
  constants: (builder: ModelBuilder) => TensorId[] = () => [],
): Model {
  const builder = new ModelBuilder();
  const read = inputs.map(({ shape, scale = 1, zeroPoint = 0 }) => builder.input(shape, scale, zeroPoint));
  const more = constants(builder);
  const made = outputs.map(({ shape, scale = 1, zeroPoint = 0 }) => builder.activation(shape, scale, zeroPoint));
  builder.add({ ...parameters, inputs: [...read, ...more], outputs: made } as UnnamedOperator);
  return builder.build(`one ${parameters.kind}`, made);
}

/** The model's outputs for these inputs. */
export function run(model: Model, ...inputs: readonly (readonly number[])[]): number[][] {
  return interpret(
    model,
    inputs.map((input) => Int8Array.from(input)),
  ).map((output) => [...output]);
}
