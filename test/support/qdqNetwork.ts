/** Grows an ONNX network in QDQ format operator by operator, calibrating each quantization on one random input. */
import { createRandom, type Random } from '../../main/core/random/index.ts';
import type { Attributes, FileConstant, FileNode, OnnxFile } from './onnxFile.ts';
import { evaluateOnnx, type Tensor } from './onnxReference.ts';

const size = (dims: readonly number[]): number => dims.reduce((product, extent) => product * extent, 1);

export class QdqNetwork {
  readonly random: Random;
  readonly sample: Tensor;
  private readonly nodes: FileNode[] = [];
  private readonly constants: FileConstant[] = [];
  private readonly activationType: 'uint8' | 'int8';

  constructor(seed: number, inputDims: readonly number[], activationType: 'uint8' | 'int8' = 'uint8') {
    this.random = createRandom(seed);
    this.activationType = activationType;
    this.sample = { dims: inputDims, values: Array.from({ length: size(inputDims) }, () => this.random.normal()) };
  }

  /** The network's input, quantized. */
  start(): string {
    return this.quantized('input');
  }

  /** Appends an operator and returns the name of what it makes, still in real numbers. */
  op(opType: string, input: readonly string[], attributes: Attributes = {}): string {
    const name = `${opType.toLowerCase()}_${this.nodes.length}`;
    this.nodes.push({ opType, input, output: [name], attributes });
    return name;
  }

  /** QuantizeLinear and DequantizeLinear with a scale that covers the sample. */
  quantized(name: string): string {
    const { values } = evaluateOnnx(this.file([name]), { input: this.sample }).get(name) as Tensor;
    const [least, most] = [Math.min(0, ...values), Math.max(1e-3, ...values)];
    const scale = Math.fround((most - least) / 255);
    const offset = this.activationType === 'uint8' ? 0 : -128;
    const zero = Math.round(-least / scale) + offset;
    const quantization = [this.real([], [scale]), this.constant(this.activationType, [], [zero])];
    const q = this.op('QuantizeLinear', [name, ...quantization]);
    return this.op('DequantizeLinear', [q, ...quantization]);
  }

  constant(type: FileConstant['type'], dims: readonly number[], values: readonly number[]): string {
    const name = `constant_${this.constants.length}`;
    this.constants.push({ name, type, dims, values });
    return name;
  }

  real(dims: readonly number[], values: readonly number[]): string {
    return this.constant('float', dims, values);
  }

  /** Random int8 weights behind a DequantizeLinear, with a scale for each index of `axis`. */
  weights(dims: readonly number[], axis: number): string {
    const channels = dims[axis] ?? 1;
    const bytes = Array.from({ length: size(dims) }, () => this.random.below(255) - 127);
    const scales = Array.from({ length: channels }, () => Math.fround(0.004 + 0.004 * this.random.next()));
    const zeros = this.constant('int8', [channels], new Array<number>(channels).fill(0));
    const operands = [this.constant('int8', dims, bytes), this.real([channels], scales), zeros];
    return this.op('DequantizeLinear', operands, { axis });
  }

  file(outputs: readonly string[]): OnnxFile {
    return {
      nodes: [...this.nodes],
      constants: [...this.constants],
      inputs: [{ name: 'input', type: 'float', dims: ['batch', ...this.sample.dims.slice(1)] }],
      outputs: outputs.map((name) => ({ name, type: 'float', dims: [] })),
    };
  }
}
