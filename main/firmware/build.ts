import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { resourcesFolder, withScratch } from '../processes/index.ts';
import { StudioError, type LongCall } from '../contract/index.ts';
import type { Board } from '../boards/index.ts';
import { writeFailed, writeFileAtomic } from '../store/index.ts';
import {
  createGcc,
  locateTool,
  readDiagnostics,
  readElf,
  readLinkMap,
  type Diagnostic,
  type ElfImage,
  type Gcc,
  type MapPiece,
  type ToolSearch,
} from '../toolchain/index.ts';
import { imageDefaults } from './defaults.ts';
import { boardConfigHeader, machineFlags } from './boardConfig.ts';
import { storedPieces, toBinary, toIntelHex } from './imageFiles.ts';
import { linkerScript, pieceSection } from './linkerScript.ts';
import { linkMemory, type LinkMemory, type LinkRegion } from './memory.ts';
import { modelNeeds } from './modelNeeds.ts';

/** Where the firmware's C lies in a checkout. A packaged app passes its own folder. */
export const firmwareFolder = join(resourcesFolder, 'firmware');

/** A C file or header, by its path relative to the model's folder. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

export interface BuildOptions {
  /** Compiles in the marks that count cycles for each operator. Default: yes. */
  readonly profile?: boolean;
  /** For the model's C files; the firmware's are always built small. Default `-O3`. */
  readonly optimization?: '-O1' | '-O2' | '-O3' | '-Os' | '-Ofast';
  readonly stackBytes?: number;
  /** Largest payload of a frame. Default: 4096 where there are 256 KiB of RAM or more, else 1024. */
  readonly payloadBytes?: number;
  /** The files' name without extension. Default `firmware`. */
  readonly name?: string;
  readonly firmwareFolder?: string;
}

export interface BuildRequest {
  readonly board: Board;
  /** What the engine emitted: `model.h` and the C files that keep its contract. */
  readonly model: readonly SourceFile[];
  /** The image's files are put here; it is made where it is missing. */
  readonly outDir: string;
  readonly toolchain?: ToolSearch;
  readonly options?: BuildOptions;
}

/** What of a region the image takes, and for whom. Bytes. */
export interface RegionUse extends LinkRegion {
  readonly usedBytes: number;
  /** The generated C's own code, constants and buffers. */
  readonly modelBytes: number;
  readonly stackBytes: number;
  /** Start-up, drivers, link, C library, and what alignment costs. */
  readonly firmwareBytes: number;
}

export interface BuiltImage {
  readonly board: Board;
  readonly elfFile: string;
  readonly binFile: string;
  readonly hexFile: string;
  readonly mapFile: string;
  /** 16 hexadecimal digits; equal inputs give equal ids and equal files. The running firmware reports it. */
  readonly buildId: string;
  readonly compiler: string;
  readonly elf: ElfImage;
  /** What the compiler had to say about files that it took; paths are those of the model's files. */
  readonly warnings: readonly Diagnostic[];
  /** What a probe writes. */
  readonly flashImage: {
    readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
    readonly file: string;
  };
  readonly regions: readonly RegionUse[];
  /** All of Flash that is written, and all of RAM that is taken (stack included). */
  readonly flashBytes: number;
  readonly sramBytes: number;
}

/**
 * Compiles and links model and firmware for a board. Reproducible: equal inputs and compiler give the same bytes
 * wherever they are built.
 * @throws StudioError `firmware.does-not-fit` (with region and missing bytes), `firmware.no-family`,
 * `toolchain.compile-failed`, `toolchain.missing`, `process.aborted`
 */
export async function buildImage(request: BuildRequest, call: LongCall = {}): Promise<BuiltImage> {
  const { board, outDir, options = {} } = request;
  const tool = await locateTool('arm-gcc', request.toolchain);
  const gcc = createGcc(tool);
  const plan = await planBuild(request, gcc);
  return withScratch('build', async (scratch) => {
    await writeSources(scratch, plan.files);
    call.onProgress?.({ stage: 'compiling', done: 0, total: null, remainingMs: null });
    const { objects, warnings } = await compileAll(gcc, plan, scratch, call);
    call.onProgress?.({ stage: 'linking', done: 0, total: null, remainingMs: null });
    await link(gcc, plan, objects, scratch, call);
    const elfBytes = await readFile(join(scratch, 'image.elf'));
    const map = await readFile(join(scratch, 'image.map'), 'utf8');
    const file = (extension: string): string => join(outDir, `${options.name ?? 'firmware'}.${extension}`);
    const elf = readElf(elfBytes, file('elf'));
    writeFileAtomic(file('elf'), elfBytes);
    writeFileAtomic(file('map'), map);
    writeFileAtomic(file('bin'), toBinary(elf.segments));
    writeFileAtomic(file('hex'), toIntelHex(elf.segments));
    return {
      board,
      elfFile: file('elf'),
      binFile: file('bin'),
      hexFile: file('hex'),
      mapFile: file('map'),
      buildId: plan.buildId,
      compiler: `${tool.path} ${tool.version}`,
      elf,
      warnings,
      flashImage: { file: file('elf'), segments: storedPieces(elf.segments) },
      ...measure(plan.memory, elf, readLinkMap(map)),
    };
  });
}

interface BuildPlan {
  readonly board: Board;
  readonly memory: LinkMemory;
  readonly files: readonly SourceFile[];
  readonly machine: readonly string[];
  readonly library: readonly string[];
  readonly modelFlags: readonly string[];
  readonly buildId: string;
}

async function planBuild({ board, model, options = {} }: BuildRequest, gcc: Gcc): Promise<BuildPlan> {
  const defaults = imageDefaults(board);
  const machine = machineFlags(board);
  const header = model.find(({ path }) => path === 'model.h')?.text ?? '';
  const memory = linkMemory(board, modelNeeds(board, header, options));
  const modelFlags = [
    options.optimization ?? '-O3',
    ...(options.profile === false ? [] : ['-DMODEL_PROFILE=1']),
    ...memory.pieces.map((_, index) => {
      const macro = index === 0 ? 'MODEL_ARENA_SECTION' : `MODEL_ARENA_${index + 1}_SECTION`;
      return `-D${macro}=__attribute__((section("${pieceSection(index + 1)}")))`;
    }),
  ];
  const sources = [
    ...(await firmwareSources(options.firmwareFolder ?? firmwareFolder, board)),
    ...model.map(({ path, text }) => ({ path: `model/${path}`, text })),
    { path: 'link.ld', text: linkerScript(memory, options.stackBytes ?? defaults.stackBytes) },
  ];
  const payloadBytes = options.payloadBytes ?? defaults.payloadBytes;
  const config = (buildId: string): SourceFile => ({
    path: 'board_config.h',
    text: boardConfigHeader(board, { payloadBytes, buildId }),
  });
  const hash = createHash('sha256');
  const everything = [...sources, config('')].sort((a, b) => (a.path < b.path ? -1 : 1));
  hash.update(JSON.stringify([gcc.tool.version, machine, modelFlags, commonFlags, everything]));
  const buildId = hash.digest('hex').slice(0, 16);
  const library = await gcc.libraryFlags(machine);
  return { board, memory, machine, modelFlags, buildId, library, files: [...sources, config(buildId)] };
}

async function firmwareSources(folder: string, board: Board): Promise<SourceFile[]> {
  const family = join(folder, 'families', board.family);
  const read = async (from: string): Promise<SourceFile[]> => {
    const names = (await readdir(from)).filter((name) => /\.[ch]$/.test(name)).sort();
    return Promise.all(
      names.map(async (name) => ({ path: `firmware/${name}`, text: await readFile(join(from, name), 'utf8') })),
    );
  };
  try {
    return [...(await read(join(folder, 'common'))), ...(await read(family))];
  } catch (cause) {
    throw new StudioError({
      code: 'firmware.no-family',
      message: `There is no firmware for ${board.name}: the family ${board.family} is not in ${join(folder, 'families')}.`,
      remedy: 'Correct the board file’s family, or add its sources.',
      details: { board: board.id, family: board.family },
      cause,
    });
  }
}

/** The disk with the system's temporary folder is not the one that the user chose. */
async function writeScratch(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw writeFailed(file, error);
  }
}

async function writeSources(folder: string, files: readonly SourceFile[]): Promise<void> {
  for (const { path, text } of files) {
    await writeScratch(join(folder, path), text);
  }
}

const commonFlags = ['-std=gnu11', '-ffunction-sections', '-fdata-sections', '-fno-common', '-Wall', '-Wextra'];

/** Object files in a fixed order, as paths below `folder`; compiled side by side. */
async function compileAll(
  gcc: Gcc,
  plan: BuildPlan,
  folder: string,
  call: LongCall,
): Promise<{ readonly objects: string[]; readonly warnings: Diagnostic[] }> {
  const sources = plan.files.filter(({ path }) => path.endsWith('.c')).map(({ path }) => path);
  const queue = [...sources];
  const warnings: Diagnostic[] = [];
  let done = 0;
  const worker = async (): Promise<void> => {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      warnings.push(...(await compile(gcc, plan, source, folder, call.signal)));
      call.onProgress?.({ stage: 'compiling', done: ++done, total: sources.length + 1, remainingMs: null });
    }
  };
  const workers = Array.from({ length: Math.min(availableParallelism(), 8) }, worker);
  // All are waited for even when one fails: none may still write into the folder that is then removed.
  const results = await Promise.allSettled(workers);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { objects: sources.map((source) => source.replace(/\.c$/, '.o')), warnings };
}

async function compile(
  gcc: Gcc,
  plan: BuildPlan,
  source: string,
  folder: string,
  signal?: AbortSignal,
): Promise<readonly Diagnostic[]> {
  const isModel = source.startsWith('model/');
  // Kernels of one form share one signature, of which each uses what it needs.
  const flags = isModel
    ? [...plan.modelFlags, '-Wno-unused-parameter']
    : ['-Os', ...plan.modelFlags.filter((flag) => flag.startsWith('-D'))];
  const { stderr } = await gcc.run(
    [
      ...plan.machine,
      ...commonFlags,
      ...flags,
      ...plan.library,
      `-ffile-prefix-map=${folder}=.`,
      // Names that gcc makes up must not depend on chance.
      `-frandom-seed=${source}`,
      ...['.', 'model', 'firmware'].map((include) => `-I${include}`),
      ...['-c', source, '-o', source.replace(/\.c$/, '.o')],
    ],
    { cwd: folder, signal },
  );
  return readDiagnostics(stderr);
}

async function link(
  gcc: Gcc,
  plan: BuildPlan,
  objects: readonly string[],
  folder: string,
  call: LongCall,
): Promise<void> {
  const args = [
    ...plan.machine,
    ...plan.library,
    ...['-nostartfiles', '--specs=nano.specs', '-Wl,--gc-sections', '-Wl,--build-id=none', '-Wl,-Map=image.map'],
    // A warning about segments that are both writable and executable is of no use on a microcontroller.
    '-Wl,--no-warn-rwx-segments',
    ...['-T', 'link.ld', ...objects, '-o', 'image.elf'],
  ];
  try {
    await gcc.run(args, { cwd: folder, signal: call.signal });
  } catch (thrown) {
    throw thrown instanceof StudioError ? (doesNotFit(plan, thrown) ?? thrown) : thrown;
  }
}

/** The linker's complaint about memory as an error of ours, or null where it is another. */
function doesNotFit({ board, memory }: BuildPlan, failed: StudioError): StudioError | null {
  const stderr = String(failed.details.stderr ?? '');
  const overflows = [...stderr.matchAll(/region [`'](\w+)' overflowed by (\d+) bytes/g)].map(([, name, bytes]) => {
    const region = [memory.flash, ...memory.rams].find((candidate) => candidate.name === name);
    const sizeBytes = region?.sizeBytes ?? 0;
    return { region: region?.parts.join('+') ?? name, sizeBytes, overflowBytes: Number(bytes) };
  });
  if (overflows.length === 0) return null;
  const parts = overflows.map(
    ({ region, sizeBytes, overflowBytes }) =>
      `${region} has ${sizeBytes.toLocaleString('en')} bytes and the image needs ${overflowBytes.toLocaleString('en')} more`,
  );
  return new StudioError({
    code: 'firmware.does-not-fit',
    message: `The image does not fit ${board.name}: ${parts.join('; ')}.`,
    remedy: 'Take a board with more memory, or a smaller network.',
    details: { board: board.id, overflows },
    cause: failed,
  });
}

/** Who takes how much of which region, from the sections and the linker's map. */
function measure(
  memory: LinkMemory,
  elf: ElfImage,
  pieces: readonly MapPiece[],
): Pick<BuiltImage, 'regions' | 'flashBytes' | 'sramBytes'> {
  const stored = elf.segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const sections = elf.sections.filter(({ allocated }) => allocated);
  const initialized = sections.filter(({ name }) => name === '.data');
  const regions = [memory.flash, ...memory.rams].map((region) => {
    const holds = (address: number): boolean => address >= region.start && address < region.start + region.sizeBytes;
    const inside = sections.filter(({ address, sizeBytes }) => sizeBytes > 0 && holds(address));
    const isFlash = region.kind === 'flash';
    const usedBytes = isFlash ? stored : inside.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const stackBytes = inside.find(({ name }) => name === '.stack')?.sizeBytes ?? 0;
    // Initialized data is in RAM, and a second time in Flash.
    const counts = ({ address }: MapPiece): boolean =>
      holds(address) ||
      (isFlash && initialized.some((data) => address >= data.address && address < data.address + data.sizeBytes));
    const modelBytes = pieces
      .filter((piece) => piece.object.startsWith('model/') && counts(piece))
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { ...region, usedBytes, modelBytes, stackBytes, firmwareBytes: usedBytes - modelBytes - stackBytes };
  });
  const sramBytes = regions.filter(({ kind }) => kind === 'ram').reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  return { regions, flashBytes: stored, sramBytes };
}
