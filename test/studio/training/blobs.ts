import type { Architecture } from '../../../main/core/architecture/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import type { LabelledSamples, TrainingData } from '../../../main/core/training/index.ts';

/** Small pictures of a bright, noisy bar: lying, standing, or none. Learnt in seconds, but not by a single pixel. */
const SIZE = 12;

function bars(count: number, seed: number): LabelledSamples {
  const random = createRandom(seed);
  const samples = Uint8Array.from({ length: count * SIZE * SIZE }, () => 90 + random.below(60));
  const labels = Uint16Array.from({ length: count }, () => random.below(3));
  labels.forEach((label, i) => {
    const at = 2 + random.below(SIZE - 4);
    const start = random.below(SIZE - 6);
    for (let j = start; j < start + 6 && label < 2; j++) {
      const pixel = label === 0 ? at * SIZE + j : j * SIZE + at;
      samples[i * SIZE * SIZE + pixel] += 80;
    }
  });
  return { samples, labels };
}

export const barData: TrainingData = {
  kind: 'generated',
  shape: { height: SIZE, width: SIZE, channels: 1 },
  classes: ['lying', 'standing', 'none'],
  train: bars(600, 1),
  validation: bars(150, 2),
  test: bars(150, 3),
  mirrorable: true,
};

export const barArchitecture: Architecture = {
  name: 'bars',
  input: barData.shape,
  stem: { channels: 8, kernel: 3, strideH: 1, strideW: 1 },
  blocks: [
    { expandedChannels: 24, kernel: 3, strideH: 2, strideW: 2, channels: 12, residual: false },
    { expandedChannels: 24, kernel: 5, strideH: 1, strideW: 1, channels: 12, residual: true },
  ],
  headChannels: 16,
  classes: 3,
};
