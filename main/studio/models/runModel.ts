import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LongCall, ModelInfo } from '../../contract/index.ts';
import { interpret } from '../../core/graph/index.ts';
import { sha256, writeFailed, writeFileAtomic } from '../../store/index.ts';
import { doInThread } from '../threads/index.ts';
import { modelInfo } from './modelInfo.ts';
import { openModel } from './openModel.ts';
import { concatenate, readRawSample } from './rawSamples.ts';

export interface RunModelResult {
  readonly model: ModelInfo;
  readonly samples: readonly { readonly input: string; readonly output: string; readonly sha256: string }[];
}

export interface RunModelTask {
  readonly model: string;
  readonly inputs: readonly string[];
  readonly out: string;
}

/** `runModel` in a thread of its own: a sample can take seconds, in which the service has others to answer. */
export const runModelInThread = (task: RunModelTask, { signal, onProgress }: LongCall): Promise<RunModelResult> =>
  doInThread('runModel.worker', import.meta.url, task, signal ?? new AbortController().signal, onProgress);

/**
 * Runs a model in the reference interpreter: sample K of `inputs` gives `DIR/output_K.bin`, raw int8, the model's
 * outputs one after the other.
 */
export async function runModel(options: LongCall & RunModelTask): Promise<RunModelResult> {
  const opened = openModel(options.model);
  const samples = options.inputs.map((file) => readRawSample(opened.model, file));
  try {
    mkdirSync(options.out, { recursive: true });
  } catch (error) {
    throw writeFailed(options.out, error);
  }
  const results: { input: string; output: string; sha256: string }[] = [];
  for (const [index, { file, inputs }] of samples.entries()) {
    const output = concatenate(interpret(opened.model, inputs));
    const outputFile = join(options.out, `output_${index}.bin`);
    writeFileAtomic(outputFile, output);
    results.push({ input: file, output: outputFile, sha256: sha256(output) });
    options.onProgress?.({ stage: 'interpreting', done: index + 1, total: samples.length, remainingMs: null });
    // The interpreter does not yield by itself; a Ctrl-C is heard between two samples.
    await new Promise((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return { model: modelInfo(opened), samples: results };
}
