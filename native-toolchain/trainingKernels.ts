/**
 * Builds the kernels of the WASM training backend from their AssemblyScript sources, twice: plain SIMD, which every
 * engine runs, and relaxed SIMD. The result is committed, so that neither a fresh clone nor the packaged app needs the
 * compiler; a test proves that the committed bytes are what the sources give.
 *
 * Run it (`npm run build:training-kernels`) after a change to `main/core/training/wasm/assembly`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import asc from 'assemblyscript/asc';

const folder = join(import.meta.dirname, '../main/core/training/wasm');
const assembly = join(folder, 'assembly');
export const generatedFile = join(folder, 'kernels.generated.ts');

/** Compiles one build in memory. */
async function compile(features: string): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      ...['--outFile', 'kernels.wasm', '-O3', '--enable', features],
      ...['--runtime', 'stub', '--noAssert', '--importMemory', '--initialMemory', '1', '--use', 'abort='],
    ],
    {
      readFile: (name) => {
        try {
          return readFileSync(join(assembly, name), 'utf8');
        } catch {
          return null;
        }
      },
      writeFile: (name, contents) => {
        files.set(name, typeof contents === 'string' ? new TextEncoder().encode(contents) : contents);
      },
      listFiles: () => [],
    },
  );
  const binary = files.get('kernels.wasm');
  if (error !== null || binary === undefined) throw new Error(`asc failed: ${error?.message}\n${stderr.toString()}`);
  return binary;
}

/** The text of `kernels.generated.ts` for the present sources. */
export async function generateKernels(): Promise<string> {
  const line = (name: string, binary: Uint8Array): string =>
    `export const ${name} =\n  '${Buffer.from(binary).toString('base64')}';\n`;
  return (
    '// Made by native-toolchain/trainingKernels.ts from the sources in assembly/: do not edit.\n' +
    line('PLAIN_SIMD', await compile('simd')) +
    line('RELAXED_SIMD', await compile('simd,relaxed-simd'))
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(generatedFile, await generateKernels());
