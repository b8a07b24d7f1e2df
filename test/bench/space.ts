/**
 * `npm run bench:space [-- BOARD --samples N --built N]`: stage 1 as published, 108 spaces × 1,000 networks; then a random
 * sample of the networks that fit is built, and what the planner said is compared with what the linker used. Writes
 * docs/spaces.md.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findBoard, type Board } from '../../main/boards/index.ts';
import { compileModel, planCost, randomNetwork } from '../../main/core/engine/index.ts';
import {
  chooseSpace,
  mcunetSpace,
  PUBLISHED_RESOLUTIONS,
  PUBLISHED_WIDTHS,
  sampleGenotype,
  spaceGrid,
  toArchitecture,
  type Limits,
  type SpaceDistribution,
} from '../../main/core/nas/index.ts';
import type { Architecture } from '../../main/core/architecture/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { buildImage, modelBudget } from '../../main/firmware/index.ts';
import { engineCore } from '../../main/studio/pipeline/index.ts';
import { costModelOf } from '../../main/studio/search/costs.ts';
import { measureSpaces } from '../../main/studio/search/measureSpaces.ts';

const root = join(import.meta.dirname, '../..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string', default: '1000' },
    built: { type: 'string', default: '50' },
    workers: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
  },
});
const [boardId = 'nucleo-f401re'] = positionals;
const [samples, built, workers, seed] = [values.samples, values.built, values.workers, values.seed].map(Number) as [
  number,
  number,
  number,
  number,
];
const CLASSES = 10;

interface Stage1 {
  readonly distributions: readonly SpaceDistribution[];
  readonly seconds: number;
  readonly cpuSeconds: number;
}

function limitsOf(board: Board): Limits & { sramBytes: number; flashBytes: number } {
  const { sramBytes, flashBytes } = modelBudget(board, { outputBytes: CLASSES, operators: 100 });
  return { sramBytes, flashBytes, latencyMs: null, energyMicrojoules: null };
}

async function stage1(board: Board): Promise<Stage1> {
  const limits = limitsOf(board);
  const before = process.cpuUsage();
  const began = performance.now();
  const distributions = await measureSpaces({
    spaces: spaceGrid({ channels: 3 }, CLASSES),
    model: costModelOf(board, engineCore(board), limits),
    limits,
    mostMacs: Infinity,
    samples,
    seconds: 1e6,
    seed,
    workers,
    onProgress: ({ done, total }) => {
      if (done % 12 === 0) console.log(`${String(done)} of ${String(total)} spaces`);
    },
  });
  const { user, system } = process.cpuUsage(before);
  return { distributions, seconds: (performance.now() - began) / 1000, cpuSeconds: (user + system) / 1e6 };
}

interface Compared {
  readonly name: string;
  readonly planned: { readonly sramBytes: number; readonly flashBytes: number };
  readonly linked: { readonly sramBytes: number; readonly flashBytes: number };
}

/** Networks of random spaces of the grid that fit. */
function* fitting(board: Board): Generator<{ architecture: Architecture; planned: Compared['planned'] }> {
  const random = createRandom(seed).fork('built');
  const { sramBytes, flashBytes } = limitsOf(board);
  for (;;) {
    const resolution = random.pick(PUBLISHED_RESOLUTIONS);
    const input = { height: resolution, width: resolution, channels: 3 };
    const space = mcunetSpace(input, random.pick(PUBLISHED_WIDTHS), CLASSES);
    const architecture = toArchitecture(space, sampleGenotype(space, random));
    const cost = planCost(architecture, {
      core: engineCore(board),
      sramLimitBytes: sramBytes,
      flashLimitBytes: flashBytes,
    });
    if (cost.fits) yield { architecture, planned: { sramBytes: cost.sramBytes, flashBytes: cost.estimatedFlashBytes } };
  }
}

/** What the linker gave the generated C: all its static memory, and its code and constants. */
async function linked(board: Board, architecture: Architecture, folder: string): Promise<Compared['linked']> {
  const { sramBytes, flashBytes } = limitsOf(board);
  const { files } = compileModel(randomNetwork(architecture, 1), {
    core: engineCore(board),
    sramLimitBytes: sramBytes,
    flashLimitBytes: flashBytes,
  });
  const model = [...files].map(([path, text]) => ({ path, text }));
  const { regions } = await buildImage({ board, model, outDir: folder });
  const sum = (kind: 'ram' | 'flash'): number =>
    regions.filter((region) => region.kind === kind).reduce((total, { modelBytes }) => total + modelBytes, 0);
  return { sramBytes: sum('ram'), flashBytes: sum('flash') };
}

async function buildSome(board: Board): Promise<Compared[]> {
  const compared: Compared[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-space-'));
  try {
    for (const { architecture, planned } of fitting(board)) {
      if (compared.length === built) break;
      const found = await linked(board, architecture, folder);
      compared.push({ name: architecture.name, planned, linked: found });
      const flash = (100 * (planned.flashBytes / found.flashBytes - 1)).toFixed(2);
      console.log(
        `${String(compared.length)}: SRAM ${String(planned.sramBytes)} planned, ${String(found.sramBytes)} linked; ` +
          `Flash ${String(found.flashBytes)}, planned ${flash} %`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return compared;
}

/** The counters of the generated driver are halves: the linker rounds them up to a word where something follows. */
const WORD = 4;
const percent = (fraction: number): string => `${(100 * fraction).toFixed(2)} %`;

function comparison(compared: readonly Compared[]): string {
  const equal = compared.filter(({ planned, linked: real }) => {
    const difference = planned.sramBytes - real.sramBytes;
    return difference >= 0 && difference < WORD;
  }).length;
  const errors = compared
    .map(({ planned, linked: real }) => Math.abs(planned.flashBytes / real.flashBytes - 1))
    .sort((a, b) => a - b);
  const within = errors.filter((error) => error <= 0.01).length;
  const sizes = compared.map(({ linked: real }) => real.flashBytes / 1000).sort((a, b) => a - b);
  return `| built | SRAM equal to the linked image's | Flash within 1 % | Flash: median error | largest error | Flash of the sample |
|---|---|---|---|---|---|
| ${String(compared.length)} | ${String(equal)} | ${String(within)} | ${percent(errors[errors.length >> 1] ?? 0)} | ${percent(errors.at(-1) ?? 0)} | ${(sizes[0] ?? 0).toFixed(0)} to ${(sizes.at(-1) ?? 0).toFixed(0)} kB |`;
}

/** Rows are widths, columns resolutions: the mean of the networks that fit, in M FLOPs. */
function grid(distributions: readonly SpaceDistribution[]): string {
  const at = (width: number, resolution: number): string => {
    const found = distributions.find(({ space }) => space.name === `w${String(width)}-r${String(resolution)}`);
    if (found === undefined || found.fitting === 0) return '–';
    return `${(found.meanFlops / 1e6).toFixed(0)} (${((100 * found.fitting) / found.sampled).toFixed(0)})`;
  };
  const header = `| width | ${PUBLISHED_RESOLUTIONS.join(' | ')} |\n|---|${PUBLISHED_RESOLUTIONS.map(() => '---').join('|')}|`;
  const rows = PUBLISHED_WIDTHS.map(
    (width) => `| ${String(width)} | ${PUBLISHED_RESOLUTIONS.map((resolution) => at(width, resolution)).join(' | ')} |`,
  );
  return `${header}\n${rows.join('\n')}`;
}

function page(board: Board, { distributions, seconds, cpuSeconds }: Stage1, compared: readonly Compared[]): string {
  const sampled = distributions.reduce((sum, each) => sum + each.sampled, 0);
  const chosen = chooseSpace(distributions);
  return `# Choosing a search space, measured

Made by \`npm run bench:space\`, for ${board.name} (${(limitsOf(board).sramBytes / 1024).toFixed(0)} KiB of SRAM and ${(limitsOf(board).flashBytes / 1024).toFixed(0)} KiB of Flash beside the firmware), ${String(CLASSES)} classes, RGB input.

Stage 1: ${String(distributions.length)} spaces, ${String(sampled)} networks, ${seconds.toFixed(1)} s with ${String(workers)} workers (${cpuSeconds.toFixed(1)} s of processor time). Each network is judged by the planner
that would build it. Mean FLOPs of the networks that fit, in millions, and in brackets how many percent of the sample fit; chosen: **${chosen?.space.name ?? 'none'}**.

${grid(distributions)}

## Inputs of a middling size

From 64 to 128 the family for small inputs is there as well, named \`compact-…\`: it halves late and has most of its computation
where pictures are still large. Stage 1's own rule chooses between the two: under the limits of docs/search.md's clothing
photos (96 pixels) the published spaces end at 17 MMACs on average, as Flash is full, and the compact ones go on to 25.

## Inputs that are not square

Spectrograms (time × bands) and series (time × sensors) keep the shape of their features; only the width multiplier is chosen. Each
axis halves on its own until a few rows or columns are left. Up to eight sensors beside a much longer time are no axis to look
along: the stem's window takes them in at once, or in two steps, as if they were channels, and the layers behind look along
time alone.

## What the planner says beside what the linker uses

A random sample of networks that fit, from random spaces of the grid, built with random weights. SRAM is all static memory of
the generated C, to the word in which the linker aligns it; Flash is its code and constants as linked, \`-O3\`, with profiling marks.

${comparison(compared)}
`;
}

const board = findBoard(boardId);
const first = await stage1(board);
console.log(`stage 1: ${first.seconds.toFixed(1)} s, ${first.cpuSeconds.toFixed(1)} s of processor time`);
const text = page(board, first, await buildSome(board));
console.log(text);
if (boardId === 'nucleo-f401re' && samples === 1000) writeFileSync(join(root, 'docs/spaces.md'), text);
process.exit(0);
