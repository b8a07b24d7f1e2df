import type { Board } from '../../boards/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import { compileModel, randomNetwork, type Core } from '../../core/engine/index.ts';
import { sha256 } from '../../store/index.ts';
import { locateTool } from '../../toolchain/index.ts';
import { canonicalJson } from '../jobs/index.ts';
import { engineCore } from '../pipeline/compile.ts';

/** A little of everything that the search space is made of. */
const sample: Architecture = {
  name: 'engine version',
  input: { height: 9, width: 9, channels: 3 },
  stem: { channels: 8, kernel: 3, strideH: 2, strideW: 2 },
  blocks: [
    { expandedChannels: 8, kernel: 3, strideH: 1, strideW: 1, channels: 8, residual: true },
    { expandedChannels: 24, kernel: 5, strideH: 2, strideW: 2, channels: 16, residual: false },
    { expandedChannels: 48, kernel: 7, strideH: 1, strideW: 1, channels: 16, residual: true },
  ],
  headChannels: null,
  classes: 4,
};

const versions = new Map<Core, string>();

/** Changes whenever the engine generates other C, or estimates it differently: then what was measured is void. */
function engineVersion(core: Core): string {
  const known = versions.get(core);
  if (known !== undefined) return known;
  const { files, map } = compileModel(randomNetwork(sample, 1), { core, plan: 'layers' });
  const version = sha256(canonicalJson([[...files], map.operators])).slice(0, 16);
  versions.set(core, version);
  return version;
}

/**
 * What a board's table of cycles depends on: the board's facts, the engine and the compiler.
 *
 * @throws StudioError `toolchain.missing`
 */
export async function calibrationKey(board: Board): Promise<string> {
  const compiler = await locateTool('arm-gcc');
  const { clockHz, clockTree, core, fpu, memory, id, probes } = board;
  const emulator = board.virtual ? probes : null;
  const facts = { id, clockHz, clockTree, core, fpu, memory, emulator };
  return sha256(canonicalJson([facts, engineVersion(engineCore(board)), compiler.version])).slice(0, 16);
}
