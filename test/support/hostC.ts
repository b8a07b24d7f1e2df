/**
 * Generated C, compiled by this machine's gcc and run. Many models go into one program, each with its global names
 * made unique, so that a property test pays for one link.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../../main/processes/index.ts';

export interface HostJob {
  readonly files: ReadonlyMap<string, string>;
  /** For each run the bytes of all inputs, one after the other. */
  readonly inputs: readonly Int8Array[];
}

export interface HostOptions {
  /** Flags for gcc; default `-O1`. */
  readonly flags?: readonly string[];
}

const sources = ['model_weights.c', 'model_kernels.c', 'model.c'];

/** The outputs of each job: for each run all outputs, one after the other. */
export async function runOnHost(
  jobs: readonly HostJob[],
  { flags = ['-O1'] }: HostOptions = {},
): Promise<Int8Array[][]> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet host ü '));
  try {
    const units = jobs.map((job, index) => writeUnit(folder, job, index));
    writeFileSync(join(folder, 'main.c'), mainSource(jobs.length));
    const program = join(folder, 'run');
    const common = ['-std=c11', '-Wall', '-Wextra', '-Werror', ...flags, '-fno-lto'];
    await must('gcc', [...common, ...units, join(folder, 'main.c'), '-o', program], folder);
    const input = Buffer.concat(
      jobs.flatMap(({ inputs }) => inputs.flatMap((bytes) => [lengthOf(inputs), bytesOf(bytes)])),
    );
    writeFileSync(join(folder, 'input.bin'), input);
    await must(program, [], folder);
    return splitOutputs(jobs, readFileSync(join(folder, 'output.bin')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const bytesOf = (values: Int8Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const lengthOf = (inputs: readonly Int8Array[]): Buffer => Buffer.from(Uint32Array.of(inputs.length).buffer);

function writeUnit(folder: string, { files }: HostJob, index: number): string {
  const own = join(folder, `m${String(index)}`);
  mkdirSync(own);
  for (const [name, text] of files) writeFileSync(join(own, name), text);
  const header = files.get('model_kernels.h') ?? '';
  const kernels = files.get('model_kernels.c') ?? '';
  const names = [
    // Entries, and those that another entry calls.
    ...new Set([...kernels.matchAll(/^void (\w+)\(const model_step/gm)].map((match) => match[1] ?? '')),
    ...[...header.matchAll(/^extern const \w+ (\w+)\[/gm)].map((match) => match[1] ?? ''),
    ...['model_invoke', 'model_input', 'model_output', 'model_copy_outputs', 'model_push_row'],
  ];
  const unit = `${names.map((name) => `#define ${name} m${String(index)}_${name}`).join('\n')}
${sources.map((name) => `#include "m${String(index)}/${name}"`).join('\n')}
const int m${String(index)}_sizes[] = {MODEL_INPUT_BYTES, MODEL_OUTPUT_BYTES};
`;
  const path = join(folder, `unit${String(index)}.c`);
  writeFileSync(path, unit);
  return path;
}

/** Reads for each run how many there are and the input; fills the output with a pattern first. */
function mainSource(count: number): string {
  const each = (text: (index: string) => string): string =>
    Array.from({ length: count }, (_, index) => text(String(index))).join('\n');
  return `#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef int (*invoke)(const int8_t *, int8_t *);
${each((index) => `int m${index}_model_invoke(const int8_t *, int8_t *); extern const int m${index}_sizes[];`)}
static const struct { invoke run; const int *sizes; } models[] = {
${each((index) => `  {m${index}_model_invoke, m${index}_sizes},`)}
};
int main(void) {
  FILE *in = fopen("input.bin", "rb"), *out = fopen("output.bin", "wb");
  if (!in || !out) return 2;
  for (unsigned m = 0; m < sizeof models / sizeof *models; m++) {
    uint32_t runs = 1;
    for (uint32_t i = 0; i < runs; i++) {
      if (fread(&runs, 4, 1, in) != 1) return 3;
      int8_t *input = malloc(models[m].sizes[0] + 1), *output = malloc(models[m].sizes[1] + 1);
      if (!input || !output || fread(input, 1, models[m].sizes[0], in) != (size_t)models[m].sizes[0]) return 4;
      memset(output, 0x55, models[m].sizes[1]);
      if (models[m].run(input, output)) return 5;
      fwrite(output, 1, models[m].sizes[1], out);
      free(input);
      free(output);
    }
  }
  return fclose(out);
}
`;
}

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { exitCode, signal, stderr } = await runProcess(command, args, { cwd });
  if (exitCode !== 0) throw new Error(`${command} ended with ${String(exitCode ?? signal)}:\n${stderr.slice(0, 4000)}`);
}

function splitOutputs(jobs: readonly HostJob[], bytes: Buffer): Int8Array[][] {
  let offset = 0;
  return jobs.map(({ files, inputs }) => {
    const size = Number(/MODEL_OUTPUT_BYTES (\d+)/.exec(files.get('model.h') ?? '')?.[1] ?? 0);
    return inputs.map(() =>
      Int8Array.from(new Int8Array(bytes.buffer, bytes.byteOffset + (offset += size) - size, size)),
    );
  });
}

/** Several arrays as one. */
export function concatenated(parts: readonly Int8Array[]): Int8Array {
  return Int8Array.from(parts.flatMap((part) => [...part]));
}
