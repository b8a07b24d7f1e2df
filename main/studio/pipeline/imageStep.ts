import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { linkedMemorySchema, type LinkedMemory, type Optimization } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { buildImage, type BuiltImage } from '../../firmware/index.ts';
import { readImage, type FlashImage } from '../../probes/index.ts';
import { locateTool } from '../../toolchain/index.ts';
import type { Trip } from '../jobs/index.ts';
import type { Compilation } from './compileStep.ts';
import { steps } from './stepTitles.ts';

export const imageSchema = z.object({
  buildId: z.string(),
  compiler: z.string(),
  elf: z.object({ file: z.string(), sha256: z.string() }),
  linked: linkedMemorySchema,
  flashBytes: z.int(),
  sramBytes: z.int(),
});
export type Image = z.infer<typeof imageSchema>;

/** Compiles and links the generated C with the firmware; the image's files stand in the run's folder. */
export async function imageStep(
  trip: Trip,
  board: Board,
  { sources }: Compilation,
  optimization?: Optimization,
): Promise<Image> {
  const compiler = await locateTool('arm-gcc');
  const image = await trip.step({
    ...steps.image,
    version: 1,
    input: {
      sources: sources.map(({ path, sha256 }) => [path, sha256]),
      board,
      compiler: compiler.version,
      ...(optimization === undefined ? {} : { optimization }),
    },
    output: imageSchema,
    run: async ({ path, keep, onProgress, signal }) => {
      const built = await buildImage(
        {
          board,
          model: sources.map((source) => ({ path: source.path, text: readFileSync(path(source.file), 'utf8') })),
          outDir: path('firmware'),
          ...(optimization === undefined ? {} : { options: { optimization } }),
        },
        { onProgress, signal },
      );
      const kept = [built.elfFile, built.binFile, built.hexFile, built.mapFile].map((file) =>
        keep(`firmware/${basename(file)}`),
      );
      const [elf] = kept;
      if (elf === undefined) throw new Error('the build made no ELF file');
      return {
        buildId: built.buildId,
        compiler: `arm-none-eabi-gcc ${compiler.version}`,
        elf: { file: elf.file, sha256: elf.sha256 },
        linked: linkedMemory(board, built),
        flashBytes: built.flashBytes,
        sramBytes: built.sramBytes,
      };
    },
  });
  trip.figures({ flashBytes: image.flashBytes }, { imageSha256: image.elf.sha256 });
  return image;
}

/** The image as a probe takes it. */
export const flashImage = (trip: Trip, board: Board, { elf }: Image): FlashImage =>
  readImage(trip.run.path(elf.file), board);

/** In plain words what lies in a section of our linker script. */
const meanings: Readonly<Record<string, string>> = {
  '.vectors': 'vector table',
  '.text': 'code, weights and tables',
  '.rodata': 'weights and tables',
  '.data': 'variables with a starting value',
  '.bss': 'arena and buffers',
  '.noinit': 'fault record',
  '.stack': 'stack',
  '.arena': 'arena',
};

function linkedMemory(board: Board, { regions, elf }: BuiltImage): LinkedMemory {
  const holds = (region: LinkedMemory['regions'][number], address: number): boolean =>
    address >= region.start && address < region.start + region.sizeBytes;
  const described = regions.map(({ parts, kind, start, sizeBytes, usedBytes }) => ({
    name: parts.join('+'),
    kind,
    start,
    sizeBytes,
    usedBytes,
  }));
  const pieces = regions.flatMap((region) => {
    const name = region.parts.join('+');
    const piece = (label: string, bytes: number, what: string) => ({
      name: label,
      region: name,
      address: region.start,
      bytes,
      what,
    });
    return [
      piece('model', region.modelBytes, region.kind === 'flash' ? 'weights and generated code' : 'activations'),
      piece('stack', region.stackBytes, 'reserved'),
      piece(
        'firmware',
        region.firmwareBytes,
        region.kind === 'flash' ? 'start-up, link, C library' : 'link buffers, variables',
      ),
    ].filter(({ bytes }) => bytes > 0);
  });
  return {
    regions: described,
    uses: pieces.map(({ name, region, bytes, what }) => ({ name, region, bytes, what })),
    sections: elf.sections
      .filter(({ allocated, sizeBytes }) => allocated && sizeBytes > 0)
      .map(({ name, address, sizeBytes }) => ({
        name,
        region: described.find((region) => holds(region, address))?.name ?? board.name,
        address,
        bytes: sizeBytes,
        what: meanings[name] ?? 'other',
      })),
  };
}
