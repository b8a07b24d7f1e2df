/** MobileNetV2 (arXiv 1801.04381, table 2), scaled by width and resolution. */
import type { Architecture, InputShape, InvertedResidual } from '../../../main/core/architecture/index.ts';
import { makeDivisible } from '../../../main/core/nas/index.ts';

/** Expansion, channels, depth, first stride. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;
/** The last convolution; multipliers below 1 leave it as wide as it is. */
const HEAD = 1280;

export function mobileNetV2(input: InputShape, width: number, classes: number): Architecture {
  const stem = makeDivisible(32 * width);
  let channels = stem;
  const blocks: InvertedResidual[] = [];
  for (const [expansion, base, depth, stride] of STAGES) {
    const output = makeDivisible(base * width);
    for (let i = 0; i < depth; i++) {
      const step = i === 0 ? stride : 1;
      blocks.push({
        expandedChannels: channels * expansion,
        kernel: 3,
        strideH: step,
        strideW: step,
        channels: output,
        residual: step === 1 && channels === output,
      });
      channels = output;
    }
  }
  return {
    name: `mobilenetv2-w${width.toFixed(2)}-r${input.height}`,
    input,
    stem: { channels: stem, kernel: 3, strideH: 2, strideW: 2 },
    blocks,
    headChannels: Math.max(HEAD, makeDivisible(HEAD * width)),
    classes,
  };
}
