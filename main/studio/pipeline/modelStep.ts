import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { modelInfoSchema, type ModelInfo } from '../../contract/index.ts';
import type { Trip } from '../jobs/index.ts';
import { modelInfo, openModel, type OpenModel } from '../models/index.ts';
import { steps } from './stepTitles.ts';

export interface TakenModel {
  readonly opened: OpenModel;
  readonly info: ModelInfo;
}

/**
 * Reads a model and keeps a copy in the run: a run must be understood, and resumed, when the file it came from has moved.
 */
export async function takeModel(trip: Trip, path: string, name?: string): Promise<TakenModel> {
  // The ending stays: it says how the file is to be read.
  const modelFile = `model${extname(path)}`;
  const kept = trip.run.path(trip.file(modelFile));
  const opened = openModel(!existsSync(path) && existsSync(kept) ? kept : path, name);
  const info = await trip.step({
    ...steps.model,
    version: 1,
    input: { sha256: opened.sha256, name: opened.model.name },
    output: modelInfoSchema,
    run: async ({ write }) => {
      write(modelFile, opened.bytes);
      return modelInfo(opened);
    },
  });
  trip.figures({ macs: info.macs, parameters: info.parameters }, { model: info.name.replace(/\.tflite$/, '') });
  return { opened, info };
}
