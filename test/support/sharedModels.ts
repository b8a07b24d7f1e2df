/** The reference models and their golden vectors, where they lie beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readTflite } from '../../main/core/formats/index.ts';
import type { Model } from '../../main/core/graph/index.ts';

const folder = join(import.meta.dirname, '../../../shared/models');

/** False on machines that have no such folder: tests that need it skip, and say so. */
export const hasSharedModels = existsSync(folder);

export const sharedModelNames: readonly string[] = hasSharedModels
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.tflite'))
      .map((name) => name.replace(/\.tflite$/, ''))
  : [];

export function sharedModelBytes(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, `${name}.tflite`)));
}

export function sharedModel(name: string): Model {
  return readTflite(sharedModelBytes(name), name);
}

export interface GoldenVector {
  readonly input: Int8Array;
  /** All outputs, one after the other. */
  readonly output: Int8Array;
}

/** The golden vectors of a model, at most `limit` of them. */
export function goldenVectors(name: string, limit = Infinity): GoldenVector[] {
  const files = readdirSync(join(folder, 'golden', name));
  const inputs = files.filter((file) => /^input_\d+\.bin$/.test(file)).sort();
  const read = (file: string): Int8Array => new Int8Array(readFileSync(join(folder, 'golden', name, file)));
  return inputs.slice(0, limit).map((file) => ({ input: read(file), output: read(file.replace('input', 'output')) }));
}
