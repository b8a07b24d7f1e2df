/**
 * A lowered model as the planner sees it: operators with a chosen kernel each, tensors with rows, a layout and
 * consumers, and for each step of each operator which rows must be there and which are done with.
 */
import { tensorAt, type Model, type TensorId } from '../../graph/index.ts';
import { rowBytesOf, rowsTouched, type KernelVariant, type RowLayout } from '../kernels/kernel.ts';
import { activationInputs, rowShapeOf } from '../rows.ts';

/** Where an operator stands in reading one input; all arrays are indexed by step. */
export interface InputSteps {
  readonly tensor: TensorId;
  /** Rows [0, needTo) must have been made before the step. */
  readonly needTo: Int32Array;
  /** Before the step, and from then on, rows below this are not read any more; one entry more: after the last step. */
  readonly keepFrom: Int32Array;
}

export interface OutputSteps {
  readonly tensor: TensorId;
  /** Rows [0, madeTo) are made before the step; one entry more: after the last step. */
  readonly madeTo: Int32Array;
}

export interface NetworkOperator {
  readonly kernel: KernelVariant;
  readonly inputs: readonly InputSteps[];
  readonly outputs: readonly OutputSteps[];
  /** The operators that read what it makes. */
  readonly readers: readonly number[];
  /** The tensor over which the first output may be written, row for row; null where there is none. */
  readonly inPlaceOver: TensorId | null;
}

export interface Consumer {
  readonly operator: number;
  readonly input: InputSteps;
}

export interface NetworkTensor {
  readonly id: TensorId;
  readonly height: number;
  readonly rowBytes: number;
  readonly layout: RowLayout;
  /** Null for what the caller provides. */
  readonly producer: number | null;
  readonly consumers: readonly Consumer[];
  readonly isInput: boolean;
  readonly isOutput: boolean;
  /** The tensor whose bytes it uses: its own, or those of the tensor over which it is written in place. */
  readonly storage: TensorId;
}

export interface Network {
  readonly model: Model;
  readonly operators: readonly NetworkOperator[];
  /** By tensor id; absent for constants. */
  readonly tensors: ReadonlyMap<TensorId, NetworkTensor>;
  /** The tensors of each storage, keyed by the first of them. */
  readonly storages: ReadonlyMap<TensorId, readonly NetworkTensor[]>;
}

/** A kernel and the layouts of all activations for each operator, as `assignKernels` chooses them. */
export interface Assignment {
  readonly kernels: readonly KernelVariant[];
  readonly layouts: ReadonlyMap<TensorId, RowLayout>;
}

export function networkOf(model: Model, { kernels, layouts }: Assignment): Network {
  const heightOf = (id: TensorId): number => rowShapeOf(tensorAt(model, id)).height;
  const layoutOf = (id: TensorId): RowLayout => layouts.get(id) ?? { kind: 'hwc' };
  const consumers = new Map<TensorId, Consumer[]>();
  const producers = new Map<TensorId, number>();
  const steps = model.operators.map((operator, index) => {
    const kernel = kernels[index];
    if (kernel === undefined) throw new RangeError(`no kernel for operator ${operator.name}`);
    const inputs = activationInputs(model, operator).map((tensor, place) =>
      inputSteps(kernel, place, tensor, heightOf(tensor)),
    );
    for (const input of inputs) {
      const list = consumers.get(input.tensor) ?? [];
      consumers.set(input.tensor, list);
      list.push({ operator: index, input });
    }
    const outputs = operator.outputs.map((tensor, place) => outputSteps(kernel, place, tensor, heightOf(tensor)));
    for (const { tensor } of outputs) producers.set(tensor, index);
    return { kernel, inputs, outputs };
  });
  const plain = new Map<TensorId, NetworkTensor>();
  for (const id of new Set([...model.inputs, ...consumers.keys(), ...producers.keys()])) {
    const shape = rowShapeOf(tensorAt(model, id));
    plain.set(id, {
      id,
      height: shape.height,
      rowBytes: rowBytesOf(shape, layoutOf(id)),
      layout: layoutOf(id),
      producer: producers.get(id) ?? null,
      consumers: consumers.get(id) ?? [],
      isInput: model.inputs.includes(id),
      isOutput: model.outputs.includes(id),
      storage: id,
    });
  }
  const operators = steps.map((step): NetworkOperator => {
    const { kernel, inputs, outputs } = step;
    const readers: number[] = [];
    for (const { tensor } of outputs) {
      for (const { operator } of consumers.get(tensor) ?? []) readers.push(operator);
    }
    return { kernel, inputs, outputs, readers, inPlaceOver: inPlaceOver(step, plain) };
  });
  return { model, operators, ...shareStorage(operators, plain) };
}

/** Operators are in topological order, so that a chain of tensors in place of each other is met from its start. */
function shareStorage(
  operators: readonly NetworkOperator[],
  plain: ReadonlyMap<TensorId, NetworkTensor>,
): Pick<Network, 'tensors' | 'storages'> {
  const tensors = new Map(plain);
  for (const { inPlaceOver: over, outputs } of operators) {
    const output = tensors.get(outputs[0]?.tensor ?? -1);
    const storage = over === null ? undefined : tensors.get(over)?.storage;
    if (output !== undefined && storage !== undefined) tensors.set(output.id, { ...output, storage });
  }
  const storages = new Map<TensorId, NetworkTensor[]>();
  for (const tensor of tensors.values()) {
    const members = storages.get(tensor.storage);
    if (members === undefined) storages.set(tensor.storage, [tensor]);
    else members.push(tensor);
  }
  return { tensors, storages };
}

/** Steps of one kernel, kept as long as the kernel is: the search asks for the same kernels over and over. */
const knownSteps = new WeakMap<KernelVariant, Map<number, Omit<InputSteps, 'tensor'>>>();

/** How a kernel stands in reading one of its inputs, of so many rows. */
export function inputSteps(kernel: KernelVariant, place: number, tensor: TensorId, height: number): InputSteps {
  let known = knownSteps.get(kernel);
  if (known === undefined) knownSteps.set(kernel, (known = new Map()));
  const key = place * 0x10000 + height;
  let steps = known.get(key);
  if (steps === undefined) known.set(key, (steps = countInputSteps(kernel, place, height)));
  return { tensor, needTo: steps.needTo, keepFrom: steps.keepFrom };
}

function countInputSteps(kernel: KernelVariant, place: number, height: number): Omit<InputSteps, 'tensor'> {
  const access = kernel.inputs[place];
  if (access === undefined) throw new RangeError(`kernel ${kernel.name} reads no input ${String(place)}`);
  const needTo = new Int32Array(kernel.steps);
  const keepFrom = new Int32Array(kernel.steps + 1);
  keepFrom[kernel.steps] = height;
  for (let step = kernel.steps - 1; step >= 0; step--) {
    const [from, to] = rowsTouched(access, step, height);
    needTo[step] = to > from ? to : 0;
    keepFrom[step] = Math.min(keepFrom[step + 1] ?? height, to > from ? from : height);
  }
  return { needTo, keepFrom };
}

const outputSteps = (kernel: KernelVariant, place: number, tensor: TensorId, height: number): OutputSteps => ({
  tensor,
  madeTo: outputRows(kernel, place, height),
});

/** Rows [0, madeTo[s]) of an output are made before step s. */
export function outputRows(kernel: KernelVariant, place: number, height: number): Int32Array {
  let known = knownRows.get(kernel);
  if (known === undefined) knownRows.set(kernel, (known = new Map()));
  const key = place * 0x10000 + height;
  let madeTo = known.get(key);
  if (madeTo === undefined) known.set(key, (madeTo = countOutputSteps(kernel, place, height)));
  return madeTo;
}

const knownRows = new WeakMap<KernelVariant, Map<number, Int32Array>>();

function countOutputSteps(kernel: KernelVariant, place: number, height: number): Int32Array {
  const access = kernel.outputs[place];
  if (access === undefined) throw new RangeError(`kernel ${kernel.name} makes no output ${String(place)}`);
  const madeTo = new Int32Array(kernel.steps + 1);
  for (let step = 0; step < kernel.steps; step++) {
    const [from, to] = rowsTouched(access, step, height);
    madeTo[step + 1] = Math.max(madeTo[step] ?? 0, to > from ? to : 0);
  }
  return madeTo;
}

type Steps = Pick<NetworkOperator, 'kernel' | 'inputs' | 'outputs'>;

/** An input dies with the step that reads it, and the output's rows are as long and as many: it may take its place. */
function inPlaceOver(
  { kernel, inputs, outputs }: Steps,
  tensors: ReadonlyMap<TensorId, NetworkTensor>,
): TensorId | null {
  if (kernel.inPlace !== true) return null;
  const input = tensors.get(inputs[0]?.tensor ?? -1);
  const output = tensors.get(outputs[0]?.tensor ?? -1);
  if (input === undefined || output === undefined) return null;
  const fits =
    input.consumers.length === 1 &&
    !input.isOutput &&
    input.layout.kind === 'hwc' &&
    output.layout.kind === 'hwc' &&
    input.height === output.height &&
    input.rowBytes === output.rowBytes;
  return fits ? input.id : null;
}
