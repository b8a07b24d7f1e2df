/** The int8 model on a whole split, by the reference interpreter. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { InputShape } from '../../../main/core/architecture/index.ts';
import { openDataset, sampleAt, toBoardInput } from '../../../main/datasets/index.ts';
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
  const { test } = dataset;
  const threads = availableParallelism();
  const interpreter = new InterpreterPool({ bytes: new Uint8Array(readFileSync(file)), name: 'int8' }, threads);
  let [next, correct] = [0, 0];
  const samples = test.labels.length;
  const work = async (): Promise<void> => {
    for (let index = next++; index < samples; index = next++) {
      const output = await interpreter.run([toBoardInput(sampleAt(dataset.shape, test, index))]);
      if (largest(output) === test.labels[index]) correct++;
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, work));
  } finally {
    await interpreter.close();
  }
  return { samples, accuracy: correct / samples };
}
