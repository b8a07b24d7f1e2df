/** The verifier: what every pass must leave and every reader must deliver. */
import { StudioError } from '../../contract/index.ts';
import { quoted } from './lookup.ts';
import type { Model, Operator, Tensor, TensorId } from './model.ts';
import { describeShape, elementsOf } from './shape.ts';
import { whyOperatorIsWrong } from './verifyOperator.ts';

const MOST_AXES = 5;
/** One tensor of more bytes than this is a mistake: no board holds a thousandth of it. */
const MOST_ELEMENTS = 2 ** 26;

/**
 * Shows that a model is one that the interpreter and the engine can take: indexes, order, shapes, types, quantization,
 * constants, clamps, and that TensorFlow Lite Micro's kernels would accept each operator's scales.
 *
 * @throws StudioError `model.invalid`, naming the tensor or the operator and why
 */
export function verifyModel(model: Model): void {
  const why = whyModelIsWrong(model);
  if (why === null) return;
  throw new StudioError({
    code: 'model.invalid',
    message: `Model ${model.name} is not valid: ${why.what}: ${why.why}.`,
    remedy: 'Correct what made the model: the file it was read from, or the step that changed it last.',
    details: { what: why.what, why: why.why, operator: why.operator },
  });
}

interface Complaint {
  readonly what: string;
  readonly why: string;
  /** The name of the operator at fault, or null where it is not an operator. */
  readonly operator: string | null;
}

function whyModelIsWrong(model: Model): Complaint | null {
  for (const [id, tensor] of model.tensors.entries()) {
    const why = whyTensorIsWrong(tensor);
    if (why !== null) return { what: `tensor ${id} ${quoted(tensor.name)}`, why, operator: null };
  }
  return whyEndsAreWrong(model) ?? whyOrderIsWrong(model) ?? whyAnOperatorIsWrong(model);
}

function whyTensorIsWrong(tensor: Tensor): string | null {
  const { shape, type, data } = tensor;
  if (shape.length > MOST_AXES) return `it has ${shape.length} axes, more than ${MOST_AXES}`;
  const wrongExtent = shape.find((extent) => !Number.isInteger(extent) || extent < 1);
  if (wrongExtent !== undefined) return `its shape ${describeShape(shape)} has an extent of ${wrongExtent}`;
  if (elementsOf(shape) > MOST_ELEMENTS) return `its shape ${describeShape(shape)} is larger than any memory`;
  if (data !== null) {
    if (data.length !== elementsOf(shape)) {
      return `it has ${data.length} values for its shape ${describeShape(shape)}`;
    }
    const wanted = { int8: Int8Array, int32: Int32Array, float32: Float32Array }[type];
    if (!(data instanceof wanted)) return `its values are not ${type}`;
  }
  return whyQuantizationIsWrong(tensor);
}

function whyQuantizationIsWrong({ type, shape, quantization, data }: Tensor): string | null {
  if (quantization === null) return type === 'int8' ? 'it is int8 but has no scale' : null;
  const { scales, zeroPoints, axis } = quantization;
  if (type === 'float32') return 'it is float32 but has a scale';
  if (scales.length === 0) return 'it has no scale';
  if (zeroPoints.length !== scales.length) return `it has ${scales.length} scales but ${zeroPoints.length} zero points`;
  const scale = scales.find((value) => !Number.isFinite(value));
  if (scale !== undefined) return `it has a scale of ${scale}`;
  if (scales.some((value) => Math.fround(value) !== value)) return 'it has a scale that is no single-precision number';
  const limit = type === 'int8' ? 128 : 0;
  const zero = zeroPoints.find((value) => !Number.isInteger(value) || value < -limit || value > Math.max(0, limit - 1));
  if (zero !== undefined) return `it has a zero point of ${zero}`;
  if (scales.length > 1) {
    if (data === null) return 'it is not a constant but has several scales';
    if (shape[axis] !== scales.length) return `it has ${scales.length} scales for its shape ${describeShape(shape)}`;
  }
  return null;
}

function whyEndsAreWrong(model: Model): Complaint | null {
  const complain = (why: string): Complaint => ({ what: 'its ends', why, operator: null });
  if (model.inputs.length === 0) return complain('it has no input');
  if (model.outputs.length === 0) return complain('it has no output');
  if (new Set(model.inputs).size !== model.inputs.length) return complain('one tensor is two of its inputs');
  if (new Set(model.outputs).size !== model.outputs.length) return complain('one tensor is two of its outputs');
  for (const id of [...model.inputs, ...model.outputs]) {
    const tensor = model.tensors[id];
    if (tensor === undefined) return complain(`it refers to tensor ${id}, but there are ${model.tensors.length}`);
    if (tensor.type !== 'int8') return complain(`${quoted(tensor.name)} is ${tensor.type}, not int8`);
  }
  const constant = model.inputs.find((id) => model.tensors[id]?.data !== null);
  return constant === undefined ? null : complain(`its input ${nameOf(model, constant)} is a constant`);
}

/** Each tensor is made once, and before it is read. */
function whyOrderIsWrong(model: Model): Complaint | null {
  const ready = new Set<TensorId>(model.inputs);
  model.tensors.forEach((tensor, id) => {
    if (tensor.data !== null) ready.add(id);
  });
  const names = new Set<string>();
  for (const operator of model.operators) {
    const complain = (why: string): Complaint => ({ what: describe(operator), why, operator: operator.name });
    if (operator.name === '' || names.has(operator.name)) return complain('its name is not its own');
    names.add(operator.name);
    const wrong = [...operator.inputs, ...operator.outputs].find((id) => model.tensors[id] === undefined);
    if (wrong !== undefined) return complain(`it refers to tensor ${wrong}, but there are ${model.tensors.length}`);
    const early = operator.inputs.find((id) => !ready.has(id));
    if (early !== undefined) return complain(`it reads ${nameOf(model, early)} before anything makes it`);
    for (const id of operator.outputs) {
      if (ready.has(id)) return complain(`it makes ${nameOf(model, id)}, which is there already`);
      ready.add(id);
    }
  }
  const missing = model.outputs.find((id) => !ready.has(id));
  if (missing === undefined) return null;
  return { what: 'its ends', why: `no operator makes its output ${nameOf(model, missing)}`, operator: null };
}

function whyAnOperatorIsWrong(model: Model): Complaint | null {
  for (const operator of model.operators) {
    const why = whyOperatorIsWrong(model, operator);
    if (why !== null) return { what: describe(operator), why, operator: operator.name };
  }
  return null;
}

function describe(operator: Operator): string {
  return `operator ${quoted(operator.name)} (${operator.kind})`;
}

function nameOf(model: Model, id: TensorId): string {
  return quoted(model.tensors[id]?.name ?? '');
}
