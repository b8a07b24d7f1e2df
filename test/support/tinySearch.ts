import type { SearchSpace, SearchStage } from '../../main/core/nas/index.ts';
import { createRandom } from '../../main/core/random/index.ts';

/** A space that is small enough to train in a test: 12 × 12 pixels, three stages. */
const stage = (channels: number, stride: 1 | 2, widths: number[] = [1]): SearchStage => ({
  channels,
  strideH: stride,
  strideW: stride,
  depths: [1, 2],
  kernels: [3, 5],
  expansions: [2, 3],
  widths,
});
export const tinySpace: SearchSpace = {
  name: 'tiny',
  input: { height: 12, width: 12, channels: 3 },
  classes: 3,
  stem: { channels: 8, kernel: 3, strideH: 2, strideW: 2 },
  firstBlockChannels: 8,
  stages: [stage(8, 1), stage(16, 2, [0.5, 1])],
  headChannels: null,
};
/** Three kinds of stripes, noisy: learnable in a few steps. */
export function stripes(count: number, seed: number): { samples: Uint8Array; labels: Uint16Array } {
  const random = createRandom(seed);
  const samples = new Uint8Array(count * 12 * 12 * 3);
  const labels = new Uint16Array(count);
  for (let n = 0; n < count; n++) {
    const kind = (labels[n] = random.below(3));
    const phase = random.below(4);
    for (let i = 0; i < 144; i++) {
      const [y, x] = [Math.floor(i / 12), i % 12];
      const lit = ([x, y, x + y][kind] + phase) % 4 < 2;
      for (let c = 0; c < 3; c++) samples[(n * 144 + i) * 3 + c] = (lit ? 170 : 80) + random.below(40);
    }
  }
  return { samples, labels };
}
