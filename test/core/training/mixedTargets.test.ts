import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../../main/core/training/index.ts';

const logits = Float32Array.from([1, 2, 0, -1, 0.5, 3]);
const labels = [0, 2];
const probabilities = Float32Array.from([0.7, 0.2, 0.1, 0.25, 0.25, 0.5]);

const gradientOf = (targets: Parameters<typeof crossEntropy>[3]): { loss: number; gradient: Float32Array } => {
  const gradient = new Float32Array(6);
  return { loss: crossEntropy(logits, 2, 3, targets, gradient).loss, gradient };
};

describe('learning from labels and a teacher', () => {
  it('is the mean of both, weighted', () => {
    const fromLabels = gradientOf({ labels, labelSmoothing: 0 });
    const fromTeacher = gradientOf({ probabilities });
    const weight = 0.3;
    const mixed = gradientOf({ labels, labelSmoothing: 0, teacher: { probabilities, weight } });
    expect(mixed.loss).toBeCloseTo(0.7 * fromLabels.loss + 0.3 * fromTeacher.loss, 5);
    mixed.gradient.forEach((value, i) =>
      expect(value).toBeCloseTo(0.7 * fromLabels.gradient[i] + 0.3 * fromTeacher.gradient[i], 5),
    );
  });

  it('counts as right what the label says, whatever the teacher thinks', () => {
    const teacher = { probabilities: Float32Array.from([0, 1, 0, 1, 0, 0]), weight: 0.9 };
    expect(crossEntropy(logits, 2, 3, { labels, labelSmoothing: 0, teacher }).correct).toBe(1);
  });
});
