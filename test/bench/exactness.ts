/**
 * `npm run bench:exactness`: is the generated C exact wherever it may be built? Every model in ../shared/models, every one
 * of its golden vectors, at -O2, -O3 and -Ofast, for each core in QEMU and on the host with sanitizers besides, image in
 * memory and image fed row by row. Writes docs/exactness.md; ends with 1 where a byte differs.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileModel, type CompileOptions } from '../../main/core/engine/index.ts';
import { runOnHost } from '../support/hostC.ts';
import { emulatedCores, runOnCore } from '../support/onCore/index.ts';
import {
  goldenVectors,
  hasSharedModels,
  sharedModel,
  sharedModelNames,
  type GoldenVector,
} from '../support/sharedModels.ts';

const optimizations = ['-O2', '-O3', '-Ofast'];
const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
const feedings: readonly CompileOptions['input'][] = ['whole', 'row-fed'];

interface Place {
  readonly name: string;
  readonly core: CompileOptions['core'];
  run(files: ReadonlyMap<string, string>, inputs: readonly Int8Array[]): Promise<readonly Int8Array[]>;
}

const onHost = (name: string, core: CompileOptions['core'], flags: readonly string[]): Place => ({
  name: `host, C for ${core}, ${name}`,
  core,
  run: async (files, inputs) => (await runOnHost([{ files, inputs }], { flags }))[0] ?? [],
});

const places: readonly Place[] = [
  ...emulatedCores.flatMap((core) =>
    optimizations.map((flag) => ({
      name: `${core}, ${flag}`,
      core,
      run: (files: ReadonlyMap<string, string>, inputs: readonly Int8Array[]) =>
        runOnCore({ core, files, flags: [flag], inputs }),
    })),
  ),
  ...(['m4', 'm0plus'] as const).flatMap((core) => [
    ...optimizations.map((flag) => onHost(flag, core, [flag])),
    onHost('-O1, address and undefined behaviour checked', core, ['-O1', ...sanitizers]),
  ]),
];

const differing = (outputs: readonly Int8Array[], vectors: readonly GoldenVector[]): number =>
  vectors.filter(({ output }, index) => Buffer.compare(Buffer.from(output), Buffer.from(outputs[index] ?? [])) !== 0)
    .length;

/** For each model what the place gave: the vectors that agree, of how many, whole and row-fed together. */
async function rowOf(place: Place): Promise<{ readonly row: string; readonly wrong: number }> {
  const cells: string[] = [];
  let wrong = 0;
  for (const name of sharedModelNames) {
    const vectors = goldenVectors(name);
    const inputs = vectors.map(({ input }) => input);
    let bad = 0;
    for (const input of feedings) {
      const { files } = compileModel(sharedModel(name), { core: place.core, input });
      bad += differing(await place.run(files, inputs), vectors);
    }
    const runs = vectors.length * feedings.length;
    cells.push(bad === 0 ? `${String(runs)} of ${String(runs)}` : `**${String(runs - bad)} of ${String(runs)}**`);
    wrong += bad;
  }
  return { row: `| ${[place.name, ...cells].join(' | ')} |`, wrong };
}

const page = (rows: readonly string[]): string => `# Exactness, measured

Made by \`npm run bench:exactness\`. Each cell: how many outputs equal TensorFlow Lite Micro's reference kernels in every byte,
of how many runs: every golden vector of the model, once with the whole input in memory and once fed row by row. The cores run
in QEMU (an M0+ as a Cortex-M3 that traps unaligned access).

| where | ${sharedModelNames.join(' | ')} |
|---|${sharedModelNames.map(() => '---|').join('')}
${rows.join('\n')}
`;

async function main(): Promise<void> {
  if (!hasSharedModels) {
    console.log('bench:exactness needs ../shared/models beside the checkout; nothing was compared.');
    return;
  }
  const wanted = process.argv.slice(2);
  const rows: string[] = [];
  for (const place of places.filter(({ name }) => wanted.every((word) => name.includes(word)))) {
    const { row, wrong } = await rowOf(place);
    console.log(row);
    rows.push(row);
    if (wrong > 0) process.exitCode = 1;
  }
  if (wanted.length === 0) writeFileSync(join(import.meta.dirname, '../../docs/exactness.md'), page(rows));
}

await main();
