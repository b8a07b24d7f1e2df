/**
 * The state of an import: which ONNX tensor stands for which tensor of the model, and how each is quantized. A float
 * tensor between a DequantizeLinear and a QuantizeLinear never comes into being: it stands for the int8 tensor that it
 * is made from or made into.
 */
import { StudioError } from '../../../contract/index.ts';
import {
  type Clamp,
  elementsOf,
  inferOutputShape,
  ModelBuilder,
  type Operator,
  quoted,
  roundHalfAwayFromZero,
  sameShape,
  type TensorId,
  type UnnamedOperator,
} from '../../graph/index.ts';
import {
  onnxShape,
  plainOrder,
  reorderConstant,
  sameBytes,
  sameOrder,
  storedShape,
  usualOrder,
  type Value,
} from './layout.ts';
import { decodeConstant, type OnnxConstant, OnnxNode } from './onnxNode.ts';
import { DataType, type GraphProto, type ValueInfoProto } from './proto.ts';

/** How an int8 tensor stands for real numbers. ONNX's uint8 is taken as int8, 128 less. */
export interface Scaling {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A constant with its quantization; values and zero points of uint8 are 128 less. */
export interface QuantizedConstant {
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly isInt32: boolean;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  /** The axis along which there are several scales; null where the operator that reads it knows. */
  readonly axis: number | null;
}

/** Where an operator's result goes: through fused activations to a quantized tensor. */
export interface Target {
  readonly name: string;
  readonly scaling: Scaling;
  /** The real range that fused activations leave. */
  readonly least: number;
  readonly most: number;
}

/** Operators of the QOperator format: where the scale (then the zero point) of their output stands. */
const OUTPUT_SCALE: ReadonlyMap<string, number> = new Map([
  ['QLinearConv', 6],
  ['QLinearMatMul', 6],
  ['QGemm', 7],
  ['QLinearAdd', 6],
  ['QLinearMul', 6],
  ['QLinearSigmoid', 3],
  ['QLinearLeakyRelu', 3],
  ['QLinearSoftmax', 3],
  ['QLinearAveragePool', 3],
  ['QLinearGlobalAveragePool', 3],
  ['QLinearConcat', 0],
]);

const unsigned = (type: OnnxConstant['type']): boolean => type === 'uint8';

/** Whether a QuantizeLinear without a zero point makes int8: it says so, or makes uint8. */
const makesInt8 = (node: OnnxNode): boolean =>
  node.type === 'QuantizeLinear' && node.int('output_dtype', DataType.uint8) === DataType.int8;

/** To the nearest integer, from the middle to the even one, as QuantizeLinear rounds. */
function roundHalfToEven(real: number): number {
  const nearest = Math.round(real);
  return nearest - real === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** Operators that pass on the elements of their first input as they are. */
const MOVES: ReadonlySet<string> = new Set([
  'Transpose',
  'Reshape',
  'Flatten',
  'Squeeze',
  'Unsqueeze',
  'Slice',
  'Split',
  'Pad',
  'MaxPool',
  'Identity',
]);

export class Importer {
  readonly builder = new ModelBuilder();
  readonly nodes: readonly OnnxNode[];
  private readonly values = new Map<string, Value>();
  private readonly constants = new Map<string, OnnxConstant>();
  private readonly quantized = new Map<string, QuantizedConstant>();
  private readonly consumers = new Map<string, OnnxNode[]>();
  private readonly makers = new Map<string, OnnxNode>();
  private readonly fused = new Set<OnnxNode>();
  private readonly modelName: string;
  private readonly graph: GraphProto;

  constructor(graph: GraphProto, modelName: string) {
    this.graph = graph;
    this.modelName = modelName;
    this.nodes = graph.node.map((proto, place) => new OnnxNode(proto, place, modelName));
    for (const tensor of graph.initializer) this.constants.set(tensor.name, decodeConstant(tensor, modelName));
    for (const node of this.nodes) {
      for (const name of new Set(node.inputs)) {
        const readers = this.consumers.get(name);
        if (readers === undefined) this.consumers.set(name, [node]);
        else readers.push(node);
      }
      for (const name of node.outputs) this.makers.set(name, node);
    }
    for (const input of graph.input) if (!this.constants.has(input.name)) this.addInput(input);
  }

  /** Whether an earlier operator has taken this one in. */
  isFused(node: OnnxNode): boolean {
    return this.fused.has(node);
  }

  constant(node: OnnxNode, position: number): OnnxConstant | null {
    const name = node.input(position);
    return name === null ? null : (this.constants.get(name) ?? null);
  }

  /** The values of a constant that says how an operator works: axes, sizes, limits. */
  settings(node: OnnxNode, position: number, what: string): readonly number[] | null {
    if (node.input(position) === null) return null;
    return this.constant(node, position)?.values ?? node.refuse(`its ${what} are computed, not constant`);
  }

  /** Whether an input is quantized as ONNX has it, not a real number that stands for the quantized one behind it. */
  isStoredQuantized(node: OnnxNode, position: number): boolean {
    let name = node.input(position) ?? '';
    // No chain is longer than there are operators, unless it bites its tail.
    for (let steps = 0; steps <= this.nodes.length; steps++) {
      const maker = this.makers.get(name);
      if (maker === undefined) {
        const type = this.graph.input.find((input) => input.name === name)?.type?.tensorType?.elemType;
        return type === DataType.uint8 || type === DataType.int8;
      }
      if (!MOVES.has(maker.type)) return maker.type === 'QuantizeLinear' || OUTPUT_SCALE.has(maker.type);
      name = maker.input(0) ?? '';
    }
    return false;
  }

  defineConstant(name: string, constant: OnnxConstant): void {
    this.constants.set(name, constant);
  }

  /** The value at an input. Quantized constants become constants of the model. */
  value(node: OnnxNode, position: number): Value {
    const name = node.input(position) ?? node.refuse(`its input ${position} is missing`);
    const known = this.values.get(name);
    if (known !== undefined) {
      this.checkScaling(node, position, known);
      return known;
    }
    const constant = this.quantizedConstant(node, position);
    return constant === null ? node.refuseFloat(name) : this.constantValue(node, constant);
  }

  /** Makes a value of the model known under a name of ONNX. */
  define(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** The shape in ONNX's own order. */
  shapeOf(value: Value): number[] {
    return onnxShape(this.builder, value);
  }

  scalingOf({ id }: Value): Scaling {
    const quantization = this.builder.at(id).quantization;
    return { scale: quantization?.scales[0] ?? 1, zeroPoint: quantization?.zeroPoints[0] ?? 0 };
  }

  /** A constant at an input whose quantization is known: dequantized in QDQ, beside its scale in QOperator format. */
  quantizedConstant(node: OnnxNode, position: number): QuantizedConstant | null {
    const name = node.input(position) ?? '';
    const dequantized = this.quantized.get(name);
    if (dequantized !== undefined) return dequantized;
    const constant = this.constants.get(name);
    if (constant === undefined || !this.hasScales(node)) return null;
    return this.withScales(node, constant, position + 1);
  }

  /** QuantizeLinear, DequantizeLinear and the QOperator format have a scale and a zero point after each operand. */
  private hasScales(node: OnnxNode): boolean {
    return OUTPUT_SCALE.has(node.type) || node.type === 'DequantizeLinear' || node.type === 'QuantizeLinear';
  }

  private withScales(node: OnnxNode, constant: OnnxConstant, scalePosition: number): QuantizedConstant {
    const scales = this.settings(node, scalePosition, 'scales') ?? [1];
    const zeroPoints = this.settings(node, scalePosition + 1, 'zero points') ?? [];
    const shift = unsigned(constant.type) ? 128 : 0;
    const isOfItsOwn = node.type === 'DequantizeLinear' && scales.length > 1;
    const axis = node.int('axis', 1);
    return {
      axis: isOfItsOwn ? (axis < 0 ? axis + constant.dims.length : axis) : null,
      dims: constant.dims,
      values: shift === 0 ? constant.values : constant.values.map((value) => value - shift),
      isInt32: constant.type === 'int32',
      scales,
      zeroPoints: scales.map((_, index) => (zeroPoints[zeroPoints.length === 1 ? 0 : index] ?? 0) - shift),
    };
  }

  /**
   * The scale and zero point at two inputs, as one quantization in int8.
   *
   * @param isInt8 whether the quantized type is int8 where no zero point says so; its zero point is 0, and that of uint8 too
   */
  scalingAt(node: OnnxNode, position: number, isInt8 = makesInt8(node)): Scaling {
    const scales = this.settings(node, position, 'scales');
    if (scales?.length !== 1) node.refuse('it has not exactly one scale where one is needed');
    const zero = this.constant(node, position + 1);
    const isUnsigned = zero === null ? !isInt8 : unsigned(zero.type);
    const zeroPoint = (zero?.values[0] ?? 0) - (isUnsigned ? 128 : 0);
    return { scale: scales[0] ?? 1, zeroPoint };
  }

  /** DequantizeLinear: its output stands for its input. */
  dequantize(node: OnnxNode): void {
    const name = node.input(0) ?? '';
    const constant = this.constants.get(name);
    if (constant !== undefined) this.quantized.set(node.output(), this.withScales(node, constant, 1));
    else this.values.set(node.output(), this.value(node, 0));
  }

  /** QuantizeLinear of a constant, as some exporters leave weights: the constant in int8. */
  quantizeConstant(node: OnnxNode, constant: OnnxConstant): void {
    const scales = this.settings(node, 1, 'scales') ?? [1];
    const zero = this.constant(node, 2);
    const isUnsigned = zero === null ? !makesInt8(node) : unsigned(zero.type);
    const [least, most] = isUnsigned ? [0, 255] : [-128, 127];
    const axis = node.int('axis', 1);
    const inner = elementsOf(constant.dims.slice((axis < 0 ? axis + constant.dims.length : axis) + 1));
    const values = constant.values.map((real, index) => {
      const channel = scales.length === 1 ? 0 : Math.floor(index / inner) % scales.length;
      const zeroPoint = zero?.values[zero.values.length === 1 ? 0 : channel] ?? 0;
      return Math.min(most, Math.max(least, roundHalfToEven(Math.fround(real / (scales[channel] ?? 1))) + zeroPoint));
    });
    this.constants.set(node.output(), { dims: constant.dims, type: isUnsigned ? 'uint8' : 'int8', values });
  }

  /**
   * Where the result of `node` is quantized, or null where it is not. Marks what lies between as fused.
   *
   * @param through the operators that may lie between
   * @param from the operator that makes the result, where it is another one
   */
  target(node: OnnxNode, through: readonly string[] = ['Relu', 'Clip'], from = node): Target | null {
    const scalePosition = OUTPUT_SCALE.get(node.type);
    if (scalePosition !== undefined) {
      const scaling = this.scalingAt(node, scalePosition);
      return { name: node.output(), scaling, least: -Infinity, most: Infinity };
    }
    let name = from.output();
    let [least, most] = [-Infinity, Infinity];
    const passed: OnnxNode[] = [];
    for (;;) {
      const readers = this.consumers.get(name) ?? [];
      const quantize = readers.find(({ type }) => type === 'QuantizeLinear');
      if (quantize !== undefined) {
        for (const passing of passed) this.fused.add(passing);
        this.fused.add(quantize);
        const target = { name: quantize.output(), scaling: this.scalingAt(quantize, 1), least, most };
        this.pendingCopies.set(
          quantize.output(),
          readers.filter((other) => other !== quantize),
        );
        return target;
      }
      const [only] = readers;
      if (only === undefined || readers.length > 1 || !through.includes(only.type)) return null;
      const range = this.rangeOf(only);
      least = Math.max(least, range.least);
      most = Math.min(most, range.most);
      passed.push(only);
      name = only.output();
    }
  }

  /** The Add that alone reads a product and adds a constant to it; marked as fused. */
  takeBiasAdd(node: OnnxNode): { readonly add: OnnxNode; readonly position: number } | null {
    const [add, ...others] = this.consumers.get(node.output()) ?? [];
    if (add?.type !== 'Add' || others.length > 0) return null;
    const position = add.inputs.findIndex((name) => this.constants.has(name) || this.quantized.has(name));
    if (position < 0) return null;
    this.fused.add(add);
    return { add, position };
  }

  /** Further QuantizeLinear operators on a tensor that is already quantized: they take the quantized tensor. */
  private readonly pendingCopies = new Map<string, readonly OnnxNode[]>();

  /** The real range of a Relu or Clip. */
  rangeOf(node: OnnxNode): { readonly least: number; readonly most: number } {
    if (node.type === 'Relu') return { least: 0, most: Infinity };
    const least = this.limit(node, 1) ?? (node.has('min') ? node.float('min', 0) : -Infinity);
    const most = this.limit(node, 2) ?? (node.has('max') ? node.float('max', 0) : Infinity);
    return { least, most };
  }

  private limit(node: OnnxNode, position: number): number | null {
    const dequantized = this.quantized.get(node.input(position) ?? '');
    if (dequantized === undefined) return this.settings(node, position, 'limits')?.[0] ?? null;
    return ((dequantized.values[0] ?? 0) - (dequantized.zeroPoints[0] ?? 0)) * (dequantized.scales[0] ?? 1);
  }

  clampOf({ scaling, least, most }: Target): Clamp {
    const at = (real: number): number => scaling.zeroPoint + roundHalfAwayFromZero(Math.fround(real / scaling.scale));
    return { min: Math.min(127, Math.max(-128, at(least))), max: Math.max(-128, Math.min(127, at(most))) };
  }

  /** Adds an operator of one output whose shape follows from its inputs. */
  emit(node: OnnxNode, operator: UnnamedOperator, scaling: Scaling, shape?: readonly number[]): TensorId {
    const shapes = operator.inputs.map((id) => this.builder.at(id).shape);
    const inferred = shape ?? inferOutputShape({ ...operator, name: 'new' } as Operator, shapes);
    if (inferred === null)
      return node.refuse(`its operands ${shapes.map((s) => s.join('×')).join(' and ')} do not fit`);
    if (inferred.some((extent) => extent < 1)) return node.refuse('its output is empty');
    const output = this.builder.activation(inferred, scaling.scale, scaling.zeroPoint, node.output());
    this.builder.add({ ...operator, outputs: [output] });
    return output;
  }

  /** The result of `node`, which so far has the scaling `has`, given the target's scaling and made known. */
  finish(node: OnnxNode, value: Value, target: Target | null): void {
    if (target === null) {
      this.values.set(node.output(), value);
      return;
    }
    const finished = this.rescaled(node, value, target.scaling);
    this.values.set(target.name, finished);
    for (const copy of this.pendingCopies.get(target.name) ?? []) {
      if (copy.type !== 'QuantizeLinear') continue;
      this.fused.add(copy);
      this.values.set(copy.output(), this.rescaled(copy, finished, this.scalingAt(copy, 1)));
    }
  }

  /** The value on another scale; itself where the scale is the same. */
  rescaled(node: OnnxNode, value: Value, scaling: Scaling): Value {
    const has = this.scalingOf(value);
    if (has.scale === scaling.scale && has.zeroPoint === scaling.zeroPoint) return value;
    const id = this.emit(node, { kind: 'quantize', inputs: [value.id], outputs: [] }, scaling);
    return { id, order: value.order };
  }

  /** The value with its axes stored in another order. */
  inOrder(node: OnnxNode, value: Value, order: readonly number[]): Value {
    if (sameOrder(value.order, order)) return value;
    const shape = this.shapeOf(value);
    const stored = storedShape(shape, order);
    if (sameBytes(shape, value.order, order)) return { id: this.reshaped(node, value, stored), order };
    const permutation = order.map((axis) => value.order.indexOf(axis));
    const operator = { kind: 'transpose' as const, permutation, inputs: [value.id], outputs: [] };
    return { id: this.emit(node, operator, this.scalingOf(value)), order };
  }

  /** The bytes in ONNX's order, under a new shape. */
  reshapedTo(node: OnnxNode, value: Value, shape: readonly number[]): Value {
    const plain = plainOrder(value.order.length);
    const bytes = sameBytes(this.shapeOf(value), value.order, plain) ? value : this.inOrder(node, value, plain);
    const from = this.builder.at(bytes.id).shape;
    if (elementsOf(from) !== elementsOf(shape)) return node.refuse(`it makes ${shape.join('×')} of ${from.join('×')}`);
    const id = sameShape(from, shape) ? bytes.id : this.reshaped(node, bytes, shape);
    return { id, order: plainOrder(shape.length) };
  }

  private reshaped(node: OnnxNode, value: Value, shape: readonly number[]): TensorId {
    return this.emit(node, { kind: 'reshape', inputs: [value.id], outputs: [] }, this.scalingOf(value), shape);
  }

  /** The model's outputs: the int8 tensors behind the graph's, images as N, H, W, C. */
  outputs(): TensorId[] {
    return this.graph.output.map(({ name }, place) => {
      const value = this.values.get(name);
      if (value === undefined) throw this.notInt8(`its output ${quoted(name)} is not quantized`);
      const order = usualOrder(value.order.length);
      const ending = new OnnxNode(
        { ...EMPTY_NODE, opType: 'Output', output: [name] },
        this.nodes.length + place,
        this.modelName,
      );
      return this.inOrder(ending, value, order).id;
    });
  }

  private constantValue(node: OnnxNode, constant: QuantizedConstant): Value {
    if (constant.scales.length !== 1 || constant.isInt32)
      return node.refuse('a constant operand of it has several scales');
    const order = usualOrder(constant.dims.length);
    const data = Int8Array.from(reorderConstant(constant.values, constant.dims, order));
    const shape = storedShape(constant.dims, order);
    return { id: this.builder.constant(shape, data, constant.scales[0] ?? 1, constant.zeroPoints[0] ?? 0), order };
  }

  /** An operand that says its own scale has to say the one that it was made with. */
  private checkScaling(node: OnnxNode, position: number, value: Value): void {
    if (!this.hasScales(node) || node.type === 'QuantizeLinear') return;
    const said = this.scalingAt(node, position + 1);
    const has = this.scalingOf(value);
    const silent = this.constant(node, position + 2) === null;
    if (said.scale === has.scale && (silent || said.zeroPoint === has.zeroPoint)) return;
    node.refuse(`it takes ${quoted(node.input(position) ?? '')} on another scale than it was made with`);
  }

  /** A graph input gets the quantization that its readers give it. */
  private addInput(input: ValueInfoProto): void {
    const { name } = input;
    const type = input.type?.tensorType;
    const readers = this.consumers.get(name) ?? [];
    const reader = readers.find((node) => this.hasScales(node));
    if (type === null || type === undefined || reader === undefined) {
      throw this.notInt8(`its input ${quoted(name)} is not quantized by anything`);
    }
    const isFloat = type.elemType === DataType.float;
    const other = readers.find((node) => isFloat && node.type !== 'QuantizeLinear' && node.type !== 'Shape');
    if (other !== undefined) other.refuseFloat(name);
    const shape = (type.shape?.dim ?? []).map(({ dimValue, dimParam }, axis) => {
      // A batch without a size is a batch of one.
      if (dimValue > 0) return dimValue;
      if (axis === 0) return 1;
      throw this.notInt8(`its input ${quoted(name)} has no fixed size along axis ${axis} (${quoted(dimParam)})`);
    });
    const isInt8 = isFloat ? makesInt8(reader) : type.elemType === DataType.int8;
    const { scale, zeroPoint } = this.scalingAt(reader, reader.inputs.indexOf(name) + 1, isInt8);
    const order = usualOrder(shape.length);
    this.values.set(name, { id: this.builder.input(storedShape(shape, order), scale, zeroPoint, name), order });
  }

  private notInt8(why: string): StudioError {
    return new StudioError({
      code: 'model.not-int8',
      message: `${this.modelName} is not an int8 model: ${why}.`,
      remedy: 'Quantize the whole network statically (QDQ or QOperator format) and export it again.',
      details: { why },
    });
  }
}

const EMPTY_NODE = { input: [], output: [], name: '', opType: '', domain: '', attribute: [] };
