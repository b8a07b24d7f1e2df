/** The int8 model on a whole split, by the reference interpreter. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { InputShape } from '../../../main/core/architecture/index.ts';
import { sampleBytes, type LabelledSamples } from '../../../main/core/training/index.ts';
import { openDataset, toBoardInput } from '../../../main/datasets/index.ts';
import { InterpreterPool } from '../../../main/studio/interpreter/index.ts';
import { datasetCache } from '../../../main/studio/pipeline/datasetStep.ts';
import { largest } from '../../../main/studio/pipeline/scores.ts';

export interface Int8Accuracy {
  readonly samples: number;
  readonly accuracy: number;
}

/** @param file a .tflite model */
export async function int8OnTest(file: string, spec: string, shape: InputShape): Promise<Int8Accuracy> {
  const dataset = await openDataset(spec, { shape, cacheDir: datasetCache() });
  return int8Of(new Uint8Array(readFileSync(file)), dataset.shape, dataset.test);
}

/** @param bytes of a .tflite model */
export async function int8Of(bytes: Uint8Array, shape: InputShape, split: LabelledSamples): Promise<Int8Accuracy> {
  const threads = availableParallelism();
  const interpreter = new InterpreterPool({ bytes, name: 'int8' }, threads);
  let [next, correct] = [0, 0];
  const samples = split.labels.length;
  const bytesEach = sampleBytes(shape);
  const work = async (): Promise<void> => {
    for (let index = next++; index < samples; index = next++) {
      const output = await interpreter.run([
        toBoardInput(split.samples.subarray(index * bytesEach, (index + 1) * bytesEach)),
      ]);
      if (largest(output) === split.labels[index]) correct++;
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
  } finally {
    await interpreter.close();
  }
  return { samples, accuracy: correct / samples };
}
