/**
 * What a batch should have answered: classes, or probabilities (count × classes) from a teacher, or a mixture of both
 * in which the teacher has the part `weight`.
 */
export type Targets =
  | {
      readonly labels: ArrayLike<number>;
      readonly labelSmoothing: number;
      readonly teacher?: { readonly probabilities: Float32Array; readonly weight: number };
    }
  | { readonly probabilities: Float32Array };

export interface Loss {
  /** Mean cross entropy of the batch, against the targets as given. */
  readonly loss: number;
  /** Samples whose highest logit is their label's, or the target's highest where there are no labels. */
  readonly correct: number;
}

/** Index of the highest of `count` numbers from `at` on; the first of equals. */
export function indexOfHighest(values: ArrayLike<number>, at: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[at + i] > values[at + best]) best = i;
  return best;
}

/** Softmax of each row, in place. */
export function softmaxRows(values: Float32Array, classes: number): void {
  for (let at = 0; at < values.length; at += classes) {
    let highest = -Infinity;
    for (let j = 0; j < classes; j++) highest = Math.max(highest, values[at + j]);
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += values[at + j] = Math.exp(values[at + j] - highest);
    for (let j = 0; j < classes; j++) values[at + j] /= sum;
  }
}

/**
 * Softmax cross entropy of `count` rows of logits.
 *
 * @param gradient receives the loss's gradient with respect to the logits (of the mean over `divisor` samples; the
 *   batch's own count where absent)
 */
export function crossEntropy(
  logits: Float32Array,
  count: number,
  classes: number,
  targets: Targets,
  gradient?: Float32Array,
  divisor = count,
): Loss {
  let loss = 0;
  let correct = 0;
  const target = new Float64Array(classes);
  for (let i = 0, at = 0; i < count; i++, at += classes) {
    if ('labels' in targets) {
      target.fill(targets.labelSmoothing / classes);
      target[targets.labels[i]] += 1 - targets.labelSmoothing;
      if (targets.teacher !== undefined) {
        const { probabilities, weight } = targets.teacher;
        for (let j = 0; j < classes; j++) target[j] += weight * (probabilities[at + j] - target[j]);
      }
    } else {
      for (let j = 0; j < classes; j++) target[j] = targets.probabilities[at + j];
    }
    const answer = indexOfHighest(logits, at, classes);
    if (answer === ('labels' in targets ? targets.labels[i] : indexOfHighest(target, 0, classes))) correct++;
    const highest = logits[at + answer];
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += Math.exp(logits[at + j] - highest);
    const normalizer = Math.log(sum) + highest;
    for (let j = 0; j < classes; j++) {
      const logProbability = logits[at + j] - normalizer;
      loss -= target[j] * logProbability;
      if (gradient !== undefined) gradient[at + j] = (Math.exp(logProbability) - target[j]) / divisor;
    }
  }
  return { loss: loss / count, correct };
}
