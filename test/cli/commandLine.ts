import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTflite } from '../../main/core/formats/index.ts';
import { ModelBuilder } from '../../main/core/graph/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import type { Console } from '../../main/cli/console.ts';
import { runCommandLine } from '../../main/cli/program.ts';

export interface Outcome {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
  /** The one document on standard output; undefined where it is no JSON. */
  readonly json: Record<string, unknown> | undefined;
}

/** Runs one command line in this process, as if no terminal were there. */
export async function mcunet(argv: readonly string[], options: Partial<Console> = {}): Promise<Outcome> {
  let [out, err] = ['', ''];
  const exitCode = await runCommandLine(argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    terminal: false,
    columns: () => 80,
    colour: false,
    signal: new AbortController().signal,
    ...options,
  });
  return { exitCode, out, err, json: parse(out) };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** A classifier of 32×32 colour pictures into 16 classes that any board can run: mean colours and one layer. */
export function tinyClassifier(
  folder: string,
  name = 'tiny.tflite',
  { classes = 16, features = 3, height = 32, width = 32, channels = 3 } = {},
): string {
  const random = createRandom(7);
  const values = (count: number): Int8Array => Int8Array.from({ length: count }, () => random.below(255) - 127);
  const builder = new ModelBuilder();
  const input = builder.input([1, height, width, channels], 1 / 128, 0);
  let wide = input;
  if (features > channels) {
    wide = builder.activation([1, height, width, features], 1 / 32, 0);
    const weights = builder.weights([features, 1, 1, channels], values(features * channels), [1 / 64], 0);
    builder.add({
      kind: 'conv2d',
      inputs: [input, weights],
      outputs: [wide],
      strideH: 1,
      strideW: 1,
      dilationH: 1,
      dilationW: 1,
      padding: { top: 0, bottom: 0, left: 0, right: 0 },
      clamp: { min: -128, max: 127 },
    });
  }
  const mean = builder.activation([1, features], features > channels ? 1 / 32 : 1 / 128, 0);
  builder.add({ kind: 'mean', inputs: [wide], outputs: [mean], axes: [1, 2], keepDims: false });
  const scores = builder.activation([1, classes], 1 / 16, 0);
  const weights = builder.weights([classes, features], values(classes * features), [1 / 32], 0);
  builder.add({ kind: 'fully_connected', inputs: [mean, weights], outputs: [scores], clamp: { min: -128, max: 127 } });
  const probabilities = builder.activation([1, classes], 1 / 256, -128);
  builder.add({ kind: 'softmax', inputs: [scores], outputs: [probabilities], beta: 1 });
  const file = join(folder, name);
  writeFileSync(file, writeTflite(builder.build(name, [probabilities])));
  return file;
}

/** A file with one sample of random values for `tinyClassifier`. */
export function tinySample(folder: string, name: string, seed: number): string {
  const random = createRandom(seed);
  const file = join(folder, name);
  writeFileSync(
    file,
    Uint8Array.from({ length: 32 * 32 * 3 }, () => random.below(256)),
  );
  return file;
}
