import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Architecture } from '../../core/architecture/index.ts';
import { outputBytes } from '../../core/graph/index.ts';
import { sampleAt, sampleBytes, toBoardInput, type Dataset } from '../../datasets/index.ts';
import { InterpreterPool } from '../interpreter/index.ts';
import type { Trip } from '../jobs/index.ts';
import { evaluateNetwork } from '../training/index.ts';
import type { TakenModel } from './modelStep.ts';
import { largest } from './scores.ts';
import { readNetwork, type Trained } from './trainStep.ts';
import { steps } from './stepTitles.ts';

/** More say nothing new: at 2,000 samples the standard error of a difference is a fifth of a point. */
const mostSamples = 2000;
const outputsFile = 'int8-outputs.bin';

const judgedSchema = z.object({
  samples: z.int(),
  floatAccuracy: z.number(),
  int8Accuracy: z.number(),
  outputs: z.object({ file: z.string(), bytesEach: z.int() }),
});
export type Judged = z.infer<typeof judgedSchema>;

/** Float and int8 on the same test samples: what quantization cost. The interpreter's answers are kept for the board. */
export async function judgeStep(
  trip: Trip,
  dataset: Dataset,
  architecture: Architecture,
  trained: Trained,
  { opened }: TakenModel,
): Promise<Judged> {
  const count = Math.min(mostSamples, dataset.test.labels.length);
  const judged = await trip.step({
    ...steps.judge,
    version: 1,
    input: { model: opened.sha256, network: trained.weights.sha256, dataset: dataset.fingerprint, count },
    output: judgedSchema,
    run: async ({ onProgress, signal, write, log }) => {
      const threads = availableParallelism();
      const interpreter = new InterpreterPool({ bytes: opened.bytes, name: opened.model.name }, threads);
      const bytesEach = outputBytes(opened.model).reduce((sum, bytes) => sum + bytes, 0);
      const outputs = new Int8Array(count * bytesEach);
      let [next, done, correct] = [0, 0, 0];
      const work = async (): Promise<void> => {
        for (let index = next++; index < count; index = next++) {
          signal.throwIfAborted();
          const output = await interpreter.run([toBoardInput(sampleAt(dataset.shape, dataset.test, index))]);
          outputs.set(output, index * bytesEach);
          if (largest(output) === dataset.test.labels[index]) correct++;
          onProgress({ stage: 'interpreting', done: ++done, total: count, remainingMs: null });
        }
      };
      try {
        await Promise.all(Array.from({ length: threads }, work));
      } finally {
        await interpreter.close();
      }
      const same = {
        samples: dataset.test.samples.slice(0, count * sampleBytes(dataset.shape)),
        labels: dataset.test.labels.slice(0, count),
      };
      const float = await evaluateNetwork(readNetwork(trip, architecture, trained), same, { signal });
      const int8Accuracy = correct / count;
      log(`${count} test samples: float ${percent(float.accuracy)}, int8 ${percent(int8Accuracy)}`);
      const { file } = write(outputsFile, new Uint8Array(outputs.buffer));
      return { samples: count, floatAccuracy: float.accuracy, int8Accuracy, outputs: { file, bytesEach } };
    },
  });
  trip.figures({ int8Accuracy: judged.int8Accuracy });
  return judged;
}

/** What the interpreter answered to test sample `index`; null where it was not asked. */
export function interpreterAnswers(trip: Trip, { outputs, samples }: Judged): (index: number) => Int8Array | null {
  const bytes = readFileSync(trip.run.path(outputs.file));
  const all = new Int8Array(new Uint8Array(bytes).buffer);
  return (index) => (index < samples ? all.subarray(index * outputs.bytesEach, (index + 1) * outputs.bytesEach) : null);
}

const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;
