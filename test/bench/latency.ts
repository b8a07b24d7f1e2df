/**
 * `npm run bench:latency [-- BOARD … --count N | --table]`: calibrates a board, predicts the latency of random architectures from
 * the table of measured kernels, builds and runs each of them, and compares. What each board gave is kept in
 * test/bench/results/latency, and docs/latency.md is made from all of them.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { boardTimer, findBoard, type Board } from '../../main/boards/index.ts';
import { compileModel, planCost, randomNetwork, TableTiming } from '../../main/core/engine/index.ts';
import {
  mcunetSpace,
  PUBLISHED_RESOLUTIONS,
  PUBLISHED_WIDTHS,
  sampleGenotype,
  toArchitecture,
} from '../../main/core/nas/index.ts';
import type { Architecture } from '../../main/core/architecture/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { buildImage, modelBudget } from '../../main/firmware/index.ts';
import { openProbe, startFirmware, type Probe } from '../../main/probes/index.ts';
import { calibrate, type Calibration } from '../../main/studio/calibration/index.ts';
import { engineCore } from '../../main/studio/pipeline/index.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'mcunet-latency-'));
/** Of this bench alone: the calibration is part of what is shown. */
process.env['MCUNET_WORKSPACE'] = join(folder, 'workspace');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    table: { type: 'boolean', default: false },
  },
});
const boardIds = positionals.length > 0 ? positionals : ['virtual-stm32f405', 'virtual-mps2-m7'];
const count = Number(values.count);

const comparedSchema = z.object({
  macs: z.number(),
  predicted: z.number(),
  estimated: z.number(),
  counted: z.number(),
});
type Compared = z.infer<typeof comparedSchema>;

const resultSchema = z.object({
  boardId: z.string(),
  /** What the calibration took and gave. */
  kernels: z.int(),
  images: z.int(),
  seconds: z.number(),
  compared: z.array(comparedSchema),
});
type Result = z.infer<typeof resultSchema>;

const results = join(import.meta.dirname, 'results/latency');

function keep(result: Result): void {
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${result.boardId}.json`), `${JSON.stringify(resultSchema.parse(result), null, 1)}\n`);
}

const allResults = (): Result[] =>
  (existsSync(results) ? readdirSync(results).sort().reverse() : []).map((file) =>
    resultSchema.parse(JSON.parse(readFileSync(join(results, file), 'utf8'))),
  );

/** Architectures of the published spaces with inputs up to 176 pixels, as many as are asked for, that fit the board. */
function* fitting(
  board: Board,
  timing: TableTiming,
): Generator<Omit<Compared, 'counted'> & { readonly architecture: Architecture }> {
  const random = createRandom(Number(values.seed)).fork(board.id);
  const budget = modelBudget(board, { outputBytes: 10, operators: 100 });
  const limits = { sramLimitBytes: budget.sramBytes, flashLimitBytes: budget.flashBytes, core: engineCore(board) };
  for (;;) {
    const resolution = random.pick([32, ...PUBLISHED_RESOLUTIONS.slice(0, 9)]);
    const input = { height: resolution, width: resolution, channels: random.pick([1, 3]) };
    const space = mcunetSpace(input, random.pick(PUBLISHED_WIDTHS), 10);
    const architecture = toArchitecture(space, sampleGenotype(space, random));
    const { fits, estimatedCycles: predicted, macs } = planCost(architecture, { ...limits, timing });
    if (!fits) continue;
    yield { architecture, macs, predicted, estimated: planCost(architecture, limits).estimatedCycles };
  }
}

/** What the board counts for one inference. */
async function countedCycles(
  board: Board,
  probe: Probe,
  architecture: Architecture,
  timing: TableTiming,
): Promise<number> {
  const budget = modelBudget(board, { outputBytes: 10, operators: 100 });
  const { files } = compileModel(randomNetwork(architecture, 1), {
    core: engineCore(board),
    timing,
    sramLimitBytes: budget.sramBytes,
    flashLimitBytes: budget.flashBytes,
  });
  const model = [...files].map(([path, text]) => ({ path, text }));
  const image = await buildImage({ board, model, outDir: join(folder, 'image') });
  const session = await startFirmware(probe, image.flashImage, { buildId: image.buildId });
  try {
    const { inputBytes, clockHz } = session.hello();
    await session.load(new Int8Array(inputBytes));
    return boardTimer(board, clockHz)((await session.invoke()).ticks).cycles;
  } finally {
    await session.close();
  }
}

async function compareOn(board: Board, { table }: Calibration): Promise<Compared[]> {
  const timing = new TableTiming(table);
  const probe = await openProbe(board);
  const compared: Compared[] = [];
  try {
    for (const { architecture, ...each } of fitting(board, timing)) {
      const counted = await countedCycles(board, probe, architecture, timing);
      compared.push({ ...each, counted });
      const error = (100 * (each.predicted / counted - 1)).toFixed(1);
      console.log(
        `${board.id} ${String(compared.length)}: ${(counted / 1e6).toFixed(2)} M counted, predicted ${error} %`,
      );
      if (compared.length === count) break;
    }
  } finally {
    await probe.close();
  }
  return compared;
}

const errorsOf = (compared: readonly Compared[], of: 'predicted' | 'estimated'): number[] =>
  compared.map((each) => Math.abs(each[of] / each.counted - 1)).sort((a, b) => a - b);
const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

function rowOf({ boardId, kernels, images, seconds, compared }: Result, of: 'predicted' | 'estimated'): string {
  const errors = errorsOf(compared, of);
  const at = (share: number): number => errors[Math.min(errors.length - 1, Math.ceil(share * errors.length) - 1)] ?? 0;
  const within = errors.filter((error) => error <= 0.1).length / errors.length;
  const how =
    of === 'predicted'
      ? `table: ${String(kernels)} kernels, ${String(images)} images, ${seconds.toFixed(0)} s`
      : 'planner’s estimate';
  return `| ${[findBoard(boardId).name, how, String(compared.length), percent(within), percent(at(0.5)), percent(at(0.95)), percent(at(1))].join(' | ')} |`;
}

const macs = (compared: readonly Compared[]): string => {
  const all = compared.map((each) => each.macs / 1e6).sort((a, b) => a - b);
  return `${(all[0] ?? 0).toFixed(1)} to ${(all.at(-1) ?? 0).toFixed(1)} M MACs`;
};

async function measure(id: string): Promise<Result> {
  const calibration = await calibrate(id);
  const { table, images, seconds } = calibration;
  console.log(`${id}: calibrated in ${seconds.toFixed(0)} s`);
  const compared = await compareOn(findBoard(id), calibration);
  return { boardId: id, kernels: table.points.length, images, seconds, compared };
}

function writePage(): void {
  const found = allResults();
  const rows = found.flatMap((result) => [rowOf(result, 'predicted'), rowOf(result, 'estimated')]);
  const notes = found.map(({ boardId, compared }) => `${findBoard(boardId).name}: ${macs(compared)}`);
  const page = `# The latency model, measured

Made by \`npm run bench:latency\`. A calibration (\`mcunet calibrate\`) runs a few networks with random weights on the board and reads
what each kernel took; for shapes that it did not run, the factor between measurement and the engine's estimate is interpolated within
the kernel's family. Here random architectures of the published spaces (inputs of 32 to 176 pixels) that fit the board are predicted
from the table, then built with random weights and run.

Like with like: both sides are the virtual board's cycles, that is instructions as QEMU counts them times the core's cycles for an
instruction (an estimate, see \`main/boards/timing.ts\`). What is shown is how well the table foretells the board's own count; on a real
board the counts are its cycle counter's, and nothing else changes.

| board | predicted by | networks | within 10 % | median error | 95th percentile | largest |
|---|---|---|---|---|---|---|
${rows.join('\n')}

${notes.join('; ')}.
`;
  console.log(page);
  writeFileSync(join(root, 'docs/latency.md'), page);
}

try {
  if (!values.table) for (const id of boardIds) keep(await measure(id));
  writePage();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
