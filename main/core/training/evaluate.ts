import type { TrainableNetwork } from './backend.ts';
import { sampleBytes, type LabelledSamples } from './data.ts';
import { crossEntropy, indexOfHighest } from './loss.ts';
import type { Evaluation } from './result.ts';

/** Counts that can be added up over parts of a split. */
export interface EvaluationCounts {
  readonly loss: number;
  readonly confusion: readonly (readonly number[])[];
}

/** Runs samples `from` … `to` of a split through a network. */
export function evaluatePart(
  network: TrainableNetwork,
  split: LabelledSamples,
  from: number,
  to: number,
): EvaluationCounts {
  const { classes, input } = network.architecture;
  const size = sampleBytes(input);
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let loss = 0;
  for (let at = from; at < to; at += network.batch) {
    const count = Math.min(network.batch, to - at);
    network.setSamples(split.samples.subarray(at * size, (at + count) * size), count);
    const logits = network.forward('inference');
    const labels = split.labels.subarray(at, at + count);
    loss += count * crossEntropy(logits, count, classes, { labels, labelSmoothing: 0 }).loss;
    labels.forEach((label, i) => confusion[label][indexOfHighest(logits, i * classes, classes)]++);
  }
  return { loss, confusion };
}

/** Adds up the counts of parts. */
export function summarize(parts: readonly EvaluationCounts[]): Evaluation {
  const confusion = parts[0].confusion.map((row, actual) =>
    row.map((_, answered) => parts.reduce((sum, part) => sum + part.confusion[actual][answered], 0)),
  );
  const samples = confusion.flat().reduce((sum, count) => sum + count, 0);
  const correct = confusion.reduce((sum, row, actual) => sum + row[actual], 0);
  const loss = parts.reduce((sum, part) => sum + part.loss, 0);
  return { samples, correct, accuracy: correct / samples, loss: loss / samples, confusion };
}
