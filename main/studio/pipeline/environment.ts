import { arch, cpus, release, type } from 'node:os';
import { StudioError } from '../../contract/index.ts';
import { locateTool, type ToolName } from '../../toolchain/index.ts';
import { studioVersion } from '../version.ts';

/** Versions of what takes part in a run; what is not there is left out. */
export async function environmentOf(tools: readonly ToolName[]): Promise<Record<string, string>> {
  const found = await Promise.all(tools.map(describe));
  return {
    'MCUNet Studio': studioVersion(),
    Node: process.version,
    ...Object.fromEntries(found.flat()),
    'operating system': `${type()} ${release()} ${arch()}`,
    processor: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
  };
}

const names: Readonly<Partial<Record<ToolName, string>>> = {
  'arm-gcc': 'arm-none-eabi-gcc',
  qemu: 'QEMU',
  openocd: 'OpenOCD',
};

async function describe(tool: ToolName): Promise<[string, string][]> {
  try {
    const { version } = await locateTool(tool);
    return [[names[tool] ?? tool, version]];
  } catch (error) {
    if (error instanceof StudioError) return [];
    throw error;
  }
}
