/**
 * `npm run boards:table`: builds, for every devkit, the image of the largest published MCUNet network that it can hold, and
 * writes what the linker used of each memory to docs/boards.md. The networks' shapes are read from `../shared/architectures`;
 * their weights are random, which changes no size.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBoards, type Board } from '../../main/boards/index.ts';
import { StudioError } from '../../main/contract/index.ts';
import { readArchitecture, type Architecture } from '../../main/core/architecture/index.ts';
import { compileModel, planCost, skeletonOf, type CompileOptions, type Core } from '../../main/core/engine/index.ts';
import { buildImage, modelBudget, type BuiltImage } from '../../main/firmware/index.ts';
import { withRandomWeights } from '../support/randomWeights.ts';

const folder = join(import.meta.dirname, '../../../shared/architectures');
const published = [
  'mcunet-vww0',
  'mcunet-vww1',
  'mcunet-vww2',
  'mcunet-in0',
  'mcunet-in1',
  'mcunet-in2',
  'mcunet-in3',
  'mcunet-in4',
];
/** Classes and operators of the largest network. */
const mostModel = { outputBytes: 1000, operators: 120 };
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const core = (board: Board): Core => (board.core === 'cortex-m33' ? 'm33' : board.core === 'cortex-m7' ? 'm7' : 'm4');

/** As the studio plans: in one memory, or spread over several where one is too small. */
function limitsOf(board: Board): Pick<CompileOptions, 'sramLimitBytes' | 'flashLimitBytes' | 'sramPieces'> {
  const { sramBytes, flashBytes, sramPieces } = modelBudget(board, mostModel);
  return { sramLimitBytes: sramBytes, flashLimitBytes: flashBytes, sramPieces };
}

/** The largest first; what does not link is left for the next smaller. */
async function largestThatFits(
  board: Board,
  networks: readonly Architecture[],
  outDir: string,
): Promise<[string, BuiltImage] | null> {
  const limits = limitsOf(board);
  for (const network of networks) {
    const together = Math.max(limits.sramLimitBytes ?? 0, ...(limits.sramPieces ?? []).map(sum));
    if (!planCost(network, { core: core(board), ...limits, sramLimitBytes: together }).fits) continue;
    try {
      const { files } = compileModel(withRandomWeights(skeletonOf(network)), { core: core(board), ...limits });
      const model = [...files].map(([path, text]) => ({ path, text }));
      return [network.name, await buildImage({ board, model, outDir, options: { optimization: '-O2' } })];
    } catch (error) {
      if (!(error instanceof StudioError) || !/does-not-fit/.test(error.code)) throw error;
    }
  }
  return null;
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(bytes < 102_400 ? 1 : 0)}`;

if (!existsSync(folder)) {
  console.error(`${folder} is not there: the published networks are read from it.`);
  process.exit(1);
}
const networks = published
  .map((name) => readArchitecture(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'))))
  .map((network) => ({ network, macs: planCost(network, { core: 'm4' }).macs }))
  .sort((a, b) => b.macs - a.macs)
  .map(({ network }) => network);
const rows: string[] = [];
for (const board of loadBoards().filter(({ virtual }) => !virtual)) {
  const outDir = mkdtempSync(join(tmpdir(), 'mcunet-table-'));
  const built = await largestThatFits(board, networks, outDir);
  rmSync(outDir, { recursive: true });
  const [name, image] = built ?? ['none', null];
  const uses = image?.regions.map(
    ({ parts, usedBytes, sizeBytes }) => `${parts.join('+')} ${kib(usedBytes)} of ${kib(sizeBytes)}`,
  );
  rows.push(
    `| ${board.id} | ${board.mcu} | ${board.clockHz / 1e6} | ${name} | ${uses?.join('; ') ?? '-'} | ${board.doubts.length} |`,
  );
  console.error(rows[rows.length - 1]);
}
const text = `# Boards

Made by \`npm run boards:table\`: for each devkit, the image of the largest of MIT's published MCUNet networks that it can
hold was compiled and linked, and this is what the linker used (KiB; code, constants, activations, stack, link).
Weights are random: they change no size. No board was at hand where this was made: docs/hardware-verified.md says what was verified how.
The last column counts the facts of the board file that are in doubt; the file says which.

| board | chip | MHz | largest network | memory used by its image | doubts |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
writeFileSync(join(import.meta.dirname, '../../docs/boards.md'), text);
