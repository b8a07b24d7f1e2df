/**
 * MLPerf Tiny's network for image classification (github.com/mlcommons/tiny, keras_model.py: `resnet_v1_eembc`): a stem and
 * three residual blocks. As there but for two things: ReLU6 stands where it has ReLU, and batch norm follows the shortcuts'
 * convolutions too.
 */
import type { Architecture, InputShape } from '../../../main/core/architecture/index.ts';

export function resNet8(input: InputShape, classes: number): Architecture {
  const block = { kind: 'residual', kernel: 3 } as const;
  return {
    name: 'mlperf-resnet8',
    input,
    stem: { channels: 16, kernel: 3, strideH: 1, strideW: 1 },
    blocks: [
      { ...block, strideH: 1, strideW: 1, channels: 16 },
      { ...block, strideH: 2, strideW: 2, channels: 32 },
      { ...block, strideH: 2, strideW: 2, channels: 64 },
    ],
    headChannels: null,
    classes,
  };
}
