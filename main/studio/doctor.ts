import { existsSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import {
  toErrorReport,
  type Finding,
  type FindingFacts,
  type StudioError,
  type ToolOrigin,
} from '../contract/index.ts';
import { faultyBoardFiles, loadBoards, realSystem } from '../boards/index.ts';
import { networkUse } from '../processes/index.ts';
import { checkProbeAccess } from '../probes/index.ts';
import { otherTools, surveyTools, type LocatedTool, type SurveyedTool, type ToolName } from '../toolchain/index.ts';

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
  return Promise.all(survey.map((tool) => (tool.found === null ? missingTool(tool) : foundTool(tool.found))));
}

async function foundTool(used: LocatedTool): Promise<Finding> {
  const { name, version, origin, path } = used;
  const found = await otherTools(used);
  const others = found.map((other) => ({ version: other.version, origin: other.origin, path: other.path }));
  const detail = `version ${version}, ${origins[origin]}${notUsed(others)}`;
  const facts = { what: 'tool.found', tool: name, origin, others } as const;
  return { ...finding(`tool.${name}`, purposes[name].title, 'ok', facts, detail), version, path };
}

function missingTool({ name, variable, problem }: SurveyedTool & { readonly problem: StudioError }): Finding {
  const { title, needed, without } = purposes[name];
  const broken = problem.code === 'toolchain.broken' ? String(problem.details['path']) : null;
  const facts = { what: 'tool.missing', tool: name, variable, brokenPath: broken } as const;
  const detail = `${problem.message} Without it ${without}.`;
  return finding(`tool.${name}`, title, needed ? 'missing' : 'warning', facts, detail, problem.remedy);
}

/** Where a tool comes from, in words. */
const origins: Readonly<Record<ToolOrigin, string>> = {
  chosen: 'chosen by hand',
  bundled: 'came with the app',
  staged: 'brought by the set-up',
  path: 'of this computer',
  system: 'of this computer',
};

/** What would be taken if the one that is used were not there. */
const notUsed = (others: readonly { version: string; origin: ToolOrigin; path: string }[]): string =>
  others.length === 0
    ? ''
    : `; not used: ${others.map(({ version, path, origin }) => `${version}, ${origins[origin]} (${path})`).join(', ')}`;

const finding = (
  id: string,
  title: string,
  state: Finding['state'],
  facts: FindingFacts,
  detail: string,
  remedy: string | null = null,
): Finding => ({
  id,
  title,
  state,
  facts,
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
  faultyBoardFiles().map((fault) => {
    const id = `board-file.${String(fault.details['file'])}`;
    const facts = { what: 'board-file.faulty', problem: toErrorReport(fault) } as const;
    return finding(id, 'Board file', 'warning', facts, fault.message, fault.remedy);
  });

function machine(): Finding {
  const free = freemem() / 2 ** 30;
  const processors = availableParallelism();
  const facts = { what: 'machine', processors, freeGibibytes: free } as const;
  const detail = `${processors} ${processors === 1 ? 'processor' : 'processors'}, ${free.toFixed(1)} GiB of memory free`;
  return free < 0.7
    ? finding('machine', 'This computer', 'warning', facts, detail, 'Close other programs before a training.')
    : finding('machine', 'This computer', 'ok', facts, detail);
}

/** That this program keeps to its machine, counted where its connections are made. */
function network(): Finding {
  const { foreign, latest } = networkUse();
  const what = [...new Set(latest.map((request) => request.what))].join(', ');
  if (foreign === 0) {
    const detail = 'nothing but this computer was asked for, since this program started';
    return finding('network', 'Network', 'ok', { what: 'network.loopback' }, detail);
  }
  return finding(
    'network',
    'Network',
    'warning',
    { what: 'network.foreign', times: foreign, asked: what },
    `this program asked for another computer ${foreign} ${foreign === 1 ? 'time' : 'times'}: ${what}`,
    'Please report this: MCUNet Studio has no reason to.',
  );
}

/** Optional; its own backend is always there. */
function tensorflow(): Finding {
  const installed = existsSync(join(import.meta.dirname, '../../node_modules/@tensorflow/tfjs-node/lib/napi-v8'));
  const detail = installed
    ? 'tfjs-node is installed and can be chosen as a backend'
    : 'not installed; training uses the built-in backend';
  return finding('tensorflow', 'TensorFlow (optional)', 'ok', { what: 'tensorflow', installed }, detail);
}
