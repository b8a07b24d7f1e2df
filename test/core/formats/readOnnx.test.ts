import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../main/contract/index.ts';
import { readOnnx } from '../../../main/core/formats/index.ts';
import { interpret, type Model } from '../../../main/core/graph/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { mutateFile } from '../../support/mutateFile.ts';
import { type FileNode, type OnnxFile, onnxFile } from '../../support/onnxFile.ts';
import { evaluateOnnx, type Tensor } from '../../support/onnxReference.ts';
import { QdqNetwork } from '../../support/qdqNetwork.ts';
import { runIfSmall } from '../../support/runIfSmall.ts';

/** N, C, H, W → N, H, W, C where there are four axes. */
function stored({ dims, values }: Tensor): number[] {
  if (dims.length !== 4) return [...values];
  const [, channels = 1, height = 1, width = 1] = dims;
  return Array.from({ length: values.length }, (_, index) => {
    const [place, channel] = [Math.floor(index / channels), index % channels];
    return values[(channel * height + Math.floor(place / width)) * width + (place % width)] ?? 0;
  });
}

/** How far the imported model's real outputs are from the reference's, in steps of the output's scale. */
function worstError(network: QdqNetwork, output: string): { model: Model; steps: number } {
  const file = network.file([output]);
  const model = readOnnx(onnxFile(file), 'network.onnx');
  const end = (id: number | undefined) => model.tensors[id ?? -1]?.quantization ?? { scales: [1], zeroPoints: [0] };
  const input = end(model.inputs[0]);
  const bytes = Int8Array.from(stored(network.sample), (real) =>
    Math.min(127, Math.max(-128, Math.round(real / (input.scales[0] ?? 1)) + (input.zeroPoints[0] ?? 0))),
  );
  const [result] = interpret(model, [bytes]);
  const { scales, zeroPoints } = end(model.outputs[0]);
  const wanted = stored(evaluateOnnx(file, { input: network.sample }).get(output) as Tensor);
  expect(result?.length).toBe(wanted.length);
  const errors = wanted.map((real, index) =>
    Math.abs((result?.[index] ?? NaN) - (zeroPoints[0] ?? 0) - real / (scales[0] ?? 1)),
  );
  return { model, steps: Math.max(...errors) };
}

describe.each(['uint8', 'int8'] as const)('readOnnx on QDQ networks with %s activations', (type) => {
  it('reads convolutions with fused activations, a residual, pooling, concatenation and a classifier', () => {
    const net = new QdqNetwork(1, [1, 3, 9, 7], type);
    const image = net.start();
    const stem = net.op(
      'Conv',
      [image, net.weights([8, 3, 3, 3], 0), net.real([8], [1, -1, 0.5, 0, 2, -2, 0.1, 0.3])],
      {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      },
    );
    const a = net.quantized(net.op('Relu', [stem]));
    const depthwise = net.op('Conv', [a, net.weights([8, 1, 3, 3], 0)], { group: 8, pads: [1, 1, 1, 1] });
    const six = net.op('Clip', [depthwise, net.real([], [0]), net.real([], [6])]);
    const b = net.quantized(net.op('Conv', [net.quantized(six), net.weights([8, 8, 1, 1], 0)]));
    const c = net.quantized(net.op('Relu', [net.op('Add', [a, b])]));
    const pooled = net.op('MaxPool', [c], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    const wide = net.quantized(net.op('Concat', [net.quantized(pooled), net.quantized(pooled)], { axis: 1 }));
    const mean = net.quantized(net.op('GlobalAveragePool', [wide]));
    const flat = net.op('Flatten', [mean]);
    const logits = net.op('Gemm', [net.quantized(flat), net.weights([5, 16], 0), net.real([5], [1, 2, 3, 4, 5])], {
      transB: 1,
    });
    const { model, steps } = worstError(net, net.quantized(logits));
    expect(steps).toBeLessThanOrEqual(2);
    expect(model.tensors[model.inputs[0] ?? -1]?.shape).toEqual([1, 9, 7, 3]);
    expect(model.operators.filter(({ kind }) => kind === 'transpose')).toEqual([]);
  });

  it('takes a convolution in groups apart', () => {
    const net = new QdqNetwork(7, [1, 6, 5, 4], type);
    const weights = net.weights([4, 3, 3, 3], 0);
    const conv = net.op('Conv', [net.start(), weights, net.real([4], [1, 2, -3, 4])], { group: 2, pads: [1, 1, 1, 1] });
    const { model, steps } = worstError(net, net.quantized(net.op('Relu', [conv])));
    expect(steps).toBeLessThanOrEqual(1.01);
    expect(model.operators.map(({ kind }) => kind)).toEqual(['split', 'conv2d', 'conv2d', 'concatenation']);
  });

  it('flattens an image in ONNX’s order of axes', () => {
    const net = new QdqNetwork(2, [1, 2, 3, 4], type);
    const features = net.quantized(net.op('Conv', [net.start(), net.weights([3, 2, 2, 2], 0)]));
    const flat = net.op('Reshape', [features, net.constant('int64', [2], [1, -1])]);
    const product = net.op('MatMul', [net.quantized(flat), net.weights([18, 4], 1)]);
    const out = net.quantized(net.op('Add', [net.real([4], [1, -1, 0.5, 3]), product]));
    const { model, steps } = worstError(net, out);
    expect(steps).toBeLessThanOrEqual(1.5);
    expect(model.operators.map(({ kind }) => kind)).not.toContain('add');
  });

  it('broadcasts over channels, in two and in four axes', () => {
    const net = new QdqNetwork(3, [1, 4, 2, 3], type);
    const image = net.start();
    const gates = net.quantized(net.op('Sigmoid', [net.quantized(net.op('GlobalAveragePool', [image]))]));
    const gated = net.quantized(net.op('Mul', [image, gates]));
    const bytes = net.constant('int8', [4, 1, 1], [10, -20, 30, -40]);
    const offsets = net.op('DequantizeLinear', [bytes, net.real([], [0.05]), net.constant('int8', [], [0])]);
    expect(worstError(net, net.quantized(net.op('Add', [gated, offsets]))).steps).toBeLessThanOrEqual(1.5);
  });

  it('moves axes only where it matters', () => {
    const net = new QdqNetwork(4, [1, 6, 2, 3], type);
    const there = net.op('Transpose', [net.start()], { perm: [0, 2, 3, 1] });
    const parts = net.op('Reshape', [there, net.constant('int64', [3], [6, 2, 3])]);
    const back = net.op('Transpose', [parts], { perm: [1, 0, 2] });
    expect(worstError(net, net.quantized(back)).steps).toBeLessThanOrEqual(0.51);
  });
});

/** conv → add to itself, said in QDQ and in QOperator format. */
function twoFormats(): { qdq: OnnxFile; qOperator: OnnxFile } {
  const random = createRandom(9);
  const constants = [
    { name: 's', type: 'float', dims: [], values: [0.05] },
    { name: 'z', type: 'uint8', dims: [], values: [120] },
    { name: 'w', type: 'int8', dims: [4, 2, 2, 2], values: Array.from({ length: 32 }, () => random.below(255) - 127) },
    { name: 'ws', type: 'float', dims: [4], values: [0.01, 0.02, 0.03, 0.04] },
    { name: 'wz', type: 'int8', dims: [4], values: [0, 0, 0, 0] },
    { name: 'b', type: 'int32', dims: [4], values: [100, -200, 300, -400] },
    {
      name: 'bs',
      type: 'float',
      dims: [4],
      values: [0.01, 0.02, 0.03, 0.04].map((scale) => Math.fround(0.05 * scale)),
    },
    { name: 'ys', type: 'float', dims: [], values: [0.2] },
    { name: 'yz', type: 'uint8', dims: [], values: [100] },
  ] as const;
  const ends = {
    inputs: [{ name: 'x', type: 'uint8' as const, dims: [1, 2, 4, 4] }],
    outputs: [{ name: 'out', type: 'uint8' as const, dims: [1, 4, 3, 3] }],
  };
  const node = (opType: string, input: string[], output: string, attributes = {}): FileNode => ({
    opType,
    input,
    output: [output],
    attributes,
  });
  const qdq = [
    node('DequantizeLinear', ['x', 's', 'z'], 'xf'),
    node('DequantizeLinear', ['w', 'ws', 'wz'], 'wf', { axis: 0 }),
    node('DequantizeLinear', ['b', 'bs'], 'bf', { axis: 0 }),
    node('Conv', ['xf', 'wf', 'bf'], 'yf'),
    node('QuantizeLinear', ['yf', 'ys', 'yz'], 'y'),
    node('DequantizeLinear', ['y', 'ys', 'yz'], 'yd'),
    node('Add', ['yd', 'yd'], 'sum'),
    node('QuantizeLinear', ['sum', 'ys', 'yz'], 'out'),
  ];
  const qOperator = [
    node('QLinearConv', ['x', 's', 'z', 'w', 'ws', 'wz', 'ys', 'yz', 'b'], 'y'),
    node('QLinearAdd', ['y', 'ys', 'yz', 'y', 'ys', 'yz', 'ys', 'yz'], 'out'),
  ];
  return { qdq: { nodes: qdq, constants, ...ends }, qOperator: { nodes: qOperator, constants, ...ends } };
}

describe('readOnnx', () => {
  it('reads QOperator format as it reads QDQ', () => {
    const { qdq, qOperator } = twoFormats();
    const input = Int8Array.from({ length: 32 }, (_, index) => ((index * 37) % 256) - 128);
    const outputs = [qdq, qOperator].map((file) => interpret(readOnnx(onnxFile(file), 'it'), [input]));
    expect(outputs[0]).toEqual(outputs[1]);
    expect(new Set(outputs[0]?.[0]).size).toBeGreaterThan(8);
  });

  it('pads with the zero point where QOperator format says so, along the axes that are named', () => {
    const { qOperator } = twoFormats();
    const [conv] = qOperator.nodes;
    const constants = [
      ...qOperator.constants,
      { name: 'all', type: 'int64' as const, dims: [8], values: [0, 0, 1, 1, 0, 0, 1, 1] },
      { name: 'some', type: 'int64' as const, dims: [4], values: [1, 1, 1, 1] },
      { name: 'axes', type: 'int64' as const, dims: [2], values: [2, -1] },
    ];
    const outputs = [{ name: 'y', type: 'uint8' as const, dims: [1, 4, 5, 5] }];
    const inputs = [{ name: 'real', type: 'float' as const, dims: [1, 2, 4, 4] }];
    const quantize = { opType: 'QuantizeLinear', input: ['real', 's', 'z'], output: ['x'] };
    const padded = (input: string[]): FileNode[] => [
      quantize,
      { opType: 'Pad', input: ['x', ...input], output: ['p'] },
      { ...conv, input: ['p', ...conv.input.slice(1)], output: ['y'] },
    ];
    const ways = [[quantize, { ...conv, output: ['y'], attributes: { pads: [1, 1, 1, 1] } }], padded(['all', 'z'])];
    ways.push(padded(['some', 'z', 'axes']));
    const input = Int8Array.from({ length: 32 }, (_, index) => ((index * 37) % 256) - 128);
    const results = ways.map((nodes) =>
      interpret(readOnnx(onnxFile({ inputs, nodes, constants, outputs }), 'it'), [input]),
    );
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    const silent = onnxFile({ inputs, nodes: padded(['all']), constants, outputs });
    expect(() => readOnnx(silent, 'it')).toThrow(/does not say with which quantized value/);
  });

  it('takes an int8 input without a zero point as it is', () => {
    const nodes = [
      { opType: 'DequantizeLinear', input: ['x', 's'], output: ['xf'] },
      { opType: 'Relu', input: ['xf'], output: ['yf'] },
      { opType: 'QuantizeLinear', input: ['yf', 's', 'z'], output: ['y'] },
    ];
    const constants = [
      { name: 's', type: 'float' as const, dims: [], values: [0.1] },
      { name: 'z', type: 'int8' as const, dims: [], values: [0] },
    ];
    const end = (name: string) => [{ name, type: 'int8' as const, dims: [1, 4] }];
    const model = readOnnx(onnxFile({ nodes, constants, inputs: end('x'), outputs: end('y') }), 'it');
    expect(model.tensors[model.inputs[0] ?? -1]?.quantization?.zeroPoints).toEqual([0]);
    expect(interpret(model, [Int8Array.of(-100, -1, 1, 100)])[0]).toEqual(Int8Array.of(0, 0, 1, 100));
  });

  it('quantizes constant weights along any axis, counted from either end, and refuses scales along another', () => {
    const weights = { name: 'w', type: 'float' as const, dims: [3, 3], values: [1, 2, 3, 0.5, -2.5, 1, -1, 4, 9] };
    const scales = [0.01, 0.02, 0.08];
    const file = (axis: number): Uint8Array => {
      const net = (name: string, opType: string, input: string[], attributes = {}): FileNode => ({
        ...{ opType, input, attributes },
        output: [name],
      });
      return onnxFile({
        nodes: [
          net('xf', 'DequantizeLinear', ['x', 's', 'z']),
          net('wq', 'QuantizeLinear', ['w', 'ws', 'wz'], { axis }),
          net('wf', 'DequantizeLinear', ['wq', 'ws', 'wz'], { axis }),
          net('yf', 'MatMul', ['xf', 'wf']),
          net('y', 'QuantizeLinear', ['yf', 's', 'z']),
        ],
        constants: [
          weights,
          { name: 'ws', type: 'float', dims: [3], values: scales },
          { name: 'wz', type: 'int8', dims: [3], values: [0, 0, 0] },
          { name: 's', type: 'float', dims: [], values: [0.1] },
          { name: 'z', type: 'int8', dims: [], values: [0] },
        ],
        inputs: [{ name: 'x', type: 'int8', dims: [1, 3] }],
        outputs: [{ name: 'y', type: 'int8', dims: [1, 3] }],
      });
    };
    const stored = (axis: number): unknown =>
      readOnnx(file(axis), 'it').tensors.find(({ name }) => name.endsWith('_weights'))?.data;
    // 37.5, 12.5 and 112.5 go to the even one.
    expect(stored(1)).toEqual(Int8Array.of(100, 50, -100, 100, -125, 127, 38, 12, 112));
    expect(stored(-1)).toEqual(stored(1));
    expect(() => readOnnx(file(0), 'it')).toThrow(/scales along another axis/);
  });

  it('works out the shapes that exporters compute in the graph', () => {
    const net = new QdqNetwork(5, [1, 2, 3, 4]);
    const image = net.start();
    const batch = net.op('Gather', [net.op('Shape', [image]), net.constant('int64', [], [0])], { axis: 0 });
    const axes = net.constant('int64', [1], [0]);
    const shape = net.op('Concat', [net.op('Unsqueeze', [batch, axes]), net.constant('int64', [1], [-1])], { axis: 0 });
    const flat = net.op('Reshape', [image, shape]);
    const model = readOnnx(onnxFile(net.file([flat])), 'it');
    expect(model.tensors[model.outputs[0] ?? -1]?.shape).toEqual([1, 24]);
  });
});

describe('readOnnx refuses', () => {
  const refusal = (file: Uint8Array): StudioError => {
    try {
      readOnnx(file, 'it.onnx');
    } catch (thrown) {
      if (thrown instanceof StudioError) return thrown;
      throw thrown;
    }
    throw new Error('it was read');
  };
  const real = { name: 'x', type: 'float' as const, dims: [1, 4] };
  const scale = { name: 's', type: 'float' as const, dims: [], values: [0.1] };

  it('a network that is not quantized', () => {
    const nodes = [{ opType: 'Relu', input: ['x'], output: ['y'] }];
    const file = onnxFile({ nodes, constants: [], inputs: [real], outputs: [{ ...real, name: 'y' }] });
    expect(refusal(file).message).toBe('it.onnx is not an int8 model: its input “x” is not quantized by anything.');
  });

  it('an operator whose result stays in float', () => {
    const nodes = [
      { opType: 'QuantizeLinear', input: ['x', 's'], output: ['q'] },
      { opType: 'DequantizeLinear', input: ['q', 's'], output: ['d'] },
      { opType: 'Add', input: ['d', 'd'], output: ['y'] },
    ];
    const file = onnxFile({ nodes, constants: [scale], inputs: [real], outputs: [{ ...real, name: 'y' }] });
    expect(refusal(file)).toMatchObject({
      code: 'model.not-int8',
      message: 'it.onnx is not an int8 model: operator 2 (Add) works with “y”, which is not quantized.',
    });
  });

  it('an operator that it does not have', () => {
    const nodes = [
      { opType: 'QuantizeLinear', input: ['x', 's'], output: ['q'] },
      { opType: 'DequantizeLinear', input: ['q', 's'], output: ['d'] },
      { opType: 'Erf', input: ['d'], output: ['y'] },
    ];
    const file = onnxFile({ nodes, constants: [scale], inputs: [real], outputs: [{ ...real, name: 'y' }] });
    expect(refusal(file)).toMatchObject({
      code: 'model.unsupported-operator',
      message: 'it.onnx cannot be used: operator 2 (Erf, which makes “y”): MCUNet Studio has no int8 kernel for it.',
    });
  });

  it('an open size other than the batch', () => {
    const nodes = [{ opType: 'QuantizeLinear', input: ['x', 's'], output: ['q'] }];
    const open = { ...real, dims: ['batch', 'length'] };
    const file = onnxFile({ nodes, constants: [scale], inputs: [open], outputs: [{ ...real, name: 'q' }] });
    expect(refusal(file).message).toContain('its input “x” has no fixed size along axis 1 (“length”)');
  });

  it('other files', () => {
    expect(refusal(new Uint8Array()).code).toBe('model.not-onnx');
    expect(refusal(new TextEncoder().encode('PK\u0003\u0004 something else')).code).toMatch(
      /^model\.(truncated|not-onnx)$/,
    );
  });

  it('mutated files: 4000 are read and run, or refused with one sentence', () => {
    const random = createRandom(11);
    const { qdq, qOperator } = twoFormats();
    const net = new QdqNetwork(6, [1, 2, 3, 4]);
    const flat = net.op('Reshape', [net.start(), net.constant('int64', [2], [1, -1])]);
    const files = [qdq, qOperator, net.file([net.quantized(flat)])].map(onnxFile);
    const codes = new Set<string>();
    for (let round = 0; round < 4000; round++) {
      const bytes = mutateFile(random.pick(files), random);
      try {
        runIfSmall(readOnnx(bytes, 'it.onnx'));
        codes.add('read');
      } catch (thrown) {
        expect(thrown, `round ${round}: ${(thrown as Error).stack ?? ''}`).toBeInstanceOf(StudioError);
        codes.add((thrown as StudioError).code);
      }
    }
    for (const code of ['read', 'model.truncated', 'model.not-int8', 'model.unsupported-operator', 'model.damaged']) {
      expect([...codes]).toContain(code);
    }
  });
});
