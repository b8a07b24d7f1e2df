/** Models of one operator each, for what the fast kernels gain over plain C where no published model uses it. */
import { ModelBuilder, type Model } from '../../main/core/graph/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { convolutionModel, denseModel, meanModel, productModel } from '../core/engine/kernels/models.ts';

const random = createRandom(11);
const square = { stride: [1, 1], padding: 'same', relu: true } as const;

/** A depthwise convolution with its usual producer, which writes the layout that it likes best. */
function afterPointwise(channels: number, dilation: number, depthMultiplier: number): Model {
  const [builder, extent] = [new ModelBuilder(), 12];
  const outputs = channels * depthMultiplier;
  const weightsOf = (shape: readonly number[], axis: number): number => {
    const count = shape.reduce((product, each) => product * each, 1);
    const scales = Array.from({ length: shape[axis] ?? 1 }, () => 0.004);
    return builder.weights(
      shape,
      Int8Array.from({ length: count }, () => random.below(255) - 127),
      scales,
      axis,
    );
  };
  const window = { strideH: 1, strideW: 1, clamp: { min: -128, max: 127 } };
  const input = builder.input([1, extent, extent, 8], 0.05, -128);
  const wide = builder.activation([1, extent, extent, channels], 0.05, -128);
  builder.add({
    ...{ kind: 'conv2d', dilationH: 1, dilationW: 1, padding: { top: 0, bottom: 0, left: 0, right: 0 }, ...window },
    inputs: [input, weightsOf([channels, 1, 1, 8], 0)],
    outputs: [wide],
  });
  const made = builder.activation([1, extent, extent, outputs], 0.05, -128);
  const padding = { top: dilation, bottom: dilation, left: dilation, right: dilation };
  builder.add({
    ...{ kind: 'depthwise_conv2d', depthMultiplier, dilationH: dilation, dilationW: dilation, padding, ...window },
    inputs: [wide, weightsOf([1, 3, 3, outputs], 3)],
    outputs: [made],
  });
  return builder.build('depthwise', [made]);
}

export const operatorModels: readonly (readonly [name: string, model: Model])[] = [
  [
    'conv 3×3, dilation 2, 12×12×16 → 16',
    convolutionModel(
      { ...square, height: 12, width: 12, channels: 16, outputChannels: 16, kernel: [3, 3], dilation: [2, 2] },
      random,
    ),
  ],
  ['conv 1×1, then depthwise 3×3, dilation 2, 12×12×16', afterPointwise(16, 2, 1)],
  ['conv 1×1, then depthwise 3×3, multiplier 2, 12×12×8', afterPointwise(8, 1, 2)],
  [
    'depthwise 3×3 of the model’s input, 24×24×16',
    convolutionModel({ ...square, height: 24, width: 24, channels: 16, kernel: [3, 3] }, random),
  ],
  [
    'conv 1×1, 24×24×16 → 2',
    convolutionModel({ ...square, height: 24, width: 24, channels: 16, outputChannels: 2, kernel: [1, 1] }, random),
  ],
  ['fully connected 256 → 2', denseModel({ batches: 1, inputs: 256, outputs: 2, relu: false }, random)],
  ['mul of 12×12×16 by itself’s shape', productModel({ shape: [1, 12, 12, 16], other: [1, 12, 12, 16] }, random)],
  ['mul of 12×12×16 by 16 channels', productModel({ shape: [1, 12, 12, 16], other: [1, 1, 1, 16] }, random)],
  ['mean of 12×12×16 over rows and columns', meanModel([1, 12, 12, 16], [1, 2], random)],
];
