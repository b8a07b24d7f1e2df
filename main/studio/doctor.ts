import { existsSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../contract/index.ts';
import { faultyBoardFiles, loadBoards, realSystem } from '../boards/index.ts';
import { networkUse } from '../processes/index.ts';
import { checkProbeAccess } from '../probes/index.ts';
import { otherTools, surveyTools, type FoundTool, type LocatedTool, type ToolName } from '../toolchain/index.ts';

/** What works without a tool, so that its absence can be told in proportion. */
const purposes: Readonly<
  Record<ToolName, { readonly title: string; readonly needed: boolean; readonly without: string }>
> = {
  'arm-gcc': { title: 'Arm compiler', needed: true, without: 'no firmware can be built' },
  qemu: { title: 'QEMU', needed: true, without: 'virtual boards do not run' },
  openocd: { title: 'OpenOCD', needed: false, without: 'boards that are flashed through OpenOCD cannot be' },
  'host-gcc': { title: 'Host C compiler', needed: false, without: 'tests of generated C on this machine are skipped' },
  chromium: { title: 'Chromium', needed: false, without: 'browser tests are skipped' },
};

/** Looks at everything that the studio needs from this computer: tools, ports, permissions, memory. */
export async function checkUp(): Promise<Finding[]> {
  return [...(await tools()), ...(await hardware()), ...ownBoards(), machine(), network(), tensorflow()];
}

async function tools(): Promise<Finding[]> {
  const survey = await surveyTools();
  return Promise.all(
    survey.map(async ({ name, found, problem }) => {
      const { title, needed, without } = purposes[name];
      if (found !== null)
        return {
          id: `tool.${name}`,
          title,
          state: 'ok' as const,
          detail: `version ${found.version}, ${origins[found.origin]}${await others(found)}`,
          remedy: null,
          version: found.version,
          path: found.path,
        };
      return {
        id: `tool.${name}`,
        title,
        state: needed ? ('missing' as const) : ('warning' as const),
        detail: `${problem?.message ?? 'It was not found.'} Without it ${without}.`,
        remedy: problem?.remedy ?? null,
        version: null,
        path: null,
      };
    }),
  );
}

/** Where a tool comes from, in words. */
const origins: Readonly<Record<FoundTool['origin'], string>> = {
  chosen: 'chosen by hand',
  bundled: 'came with the app',
  staged: 'brought by the set-up',
  path: 'of this computer',
  system: 'of this computer',
};

/** What would be taken if the one that is used were not there. */
async function others(used: LocatedTool): Promise<string> {
  const found = await otherTools(used);
  if (found.length === 0) return '';
  return `; not used: ${found.map(({ version, path, origin }) => `${version}, ${origins[origin]} (${path})`).join(', ')}`;
}

const finding = (
  id: string,
  title: string,
  state: Finding['state'],
  detail: string,
  remedy: string | null = null,
): Finding => ({
  id,
  title,
  state,
  detail,
  remedy,
  version: null,
  path: null,
});

/** The probes and ports that are plugged in, each really opened. */
async function hardware(): Promise<Finding[]> {
  const checks = await checkProbeAccess(loadBoards(), realSystem());
  return checks.map((check) => ({ ...check, version: null }));
}

/** The user's own board files that have a fault: their boards are missing from every list. */
const ownBoards = (): Finding[] =>
  faultyBoardFiles().map(({ message, remedy, details }) =>
    finding(`board-file.${String(details['file'])}`, 'Board file', 'warning', message, remedy),
  );

function machine(): Finding {
  const free = freemem() / 2 ** 30;
  const processors = availableParallelism();
  const detail = `${processors} ${processors === 1 ? 'processor' : 'processors'}, ${free.toFixed(1)} GiB of memory free`;
  return free < 0.7
    ? finding('machine', 'This computer', 'warning', detail, 'Close other programs before a training.')
    : finding('machine', 'This computer', 'ok', detail);
}

/** That this program keeps to its machine, counted where its connections are made. */
function network(): Finding {
  const { foreign, latest } = networkUse();
  const what = [...new Set(latest.map((request) => request.what))].join(', ');
  return foreign === 0
    ? finding('network', 'Network', 'ok', 'nothing but this computer was asked for, since this program started')
    : finding(
        'network',
        'Network',
        'warning',
        `this program asked for another computer ${foreign} ${foreign === 1 ? 'time' : 'times'}: ${what}`,
        'Please report this: MCUNet Studio has no reason to.',
      );
}

/** Optional; its own backend is always there. */
function tensorflow(): Finding {
  const there = existsSync(join(import.meta.dirname, '../../node_modules/@tensorflow/tfjs-node/lib/napi-v8'));
  return finding(
    'tensorflow',
    'TensorFlow (optional)',
    'ok',
    there
      ? 'tfjs-node is installed and can be chosen as a backend'
      : 'not installed; training uses the built-in backend',
  );
}
