import { StudioError } from '../contract/index.ts';
import { packagedToolchain, runProcess } from '../processes/index.ts';
import {
  downloadAdvice,
  findTool,
  findTools,
  tools,
  type FoundTool,
  type ToolName,
  type ToolSearch,
} from '../../native-toolchain/tools.mjs';

export type { FoundTool, ToolName, ToolSearch };

/** A tool that answers, and its version. */
export interface LocatedTool extends FoundTool {
  readonly version: string;
}

const located = new Map<string, Promise<LocatedTool>>();

/**
 * The tool, looked for in this order: an explicit choice (`overrides`, then its environment variable), what came with
 * the app, what the set-up staged, the user's PATH, the system's usual places. Asked once for each path.
 * @throws StudioError `toolchain.missing` (nowhere found), `toolchain.broken` (found, but does not run)
 */
export async function locateTool(name: ToolName, search: ToolSearch = {}): Promise<LocatedTool> {
  const found = findTool(name, { bundle: packagedToolchain, ...search });
  if (found === null) throw missing(name);
  return withVersion(found);
}

async function withVersion(found: FoundTool): Promise<LocatedTool> {
  const known = located.get(found.path);
  if (known !== undefined) return known;
  const asked = askVersion(found);
  located.set(found.path, asked);
  asked.catch(() => located.delete(found.path));
  return asked;
}

/** The others of its kind that are there and would be taken if it were not; those that do not run are left out. */
export async function otherTools(used: LocatedTool, search: ToolSearch = {}): Promise<LocatedTool[]> {
  const places = findTools(used.name, { bundle: packagedToolchain, ...search }).filter(
    ({ path }) => path !== used.path,
  );
  const answers = await Promise.allSettled(places.map(withVersion));
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
}

/** A tool that answers, or why there is none. */
export type SurveyedTool = {
  readonly name: ToolName;
  /** The environment variable that points at another one. */
  readonly variable: string;
} & ({ readonly found: LocatedTool; readonly problem: null } | { readonly found: null; readonly problem: StudioError });

/** Every tool, located or the reason why not: what `mcunet doctor` shows. */
export async function surveyTools(search: ToolSearch = {}): Promise<readonly SurveyedTool[]> {
  const names = Object.keys(tools) as ToolName[];
  return Promise.all(
    names.map(async (name): Promise<SurveyedTool> => {
      const variable = tools[name].override;
      try {
        return { name, variable, found: await locateTool(name, search), problem: null };
      } catch (thrown) {
        if (thrown instanceof StudioError) return { name, variable, found: null, problem: thrown };
        throw thrown;
      }
    }),
  );
}

async function askVersion(found: FoundTool): Promise<LocatedTool> {
  const answer = await runProcess(found.path, [tools[found.name].versionArgument], {
    env: found.environment,
    timeoutMs: 30_000,
  });
  const version = `${answer.stdout}${answer.stderr}`.match(/\d+(\.\d+)*/)?.[0];
  if (answer.exitCode !== 0 || version === undefined) throw broken(found, answer.stderr);
  return { ...found, version };
}

function missing(name: ToolName): StudioError {
  const { title, purpose, override } = tools[name];
  return new StudioError({
    code: 'toolchain.missing',
    message: `${title}, which ${purpose}, was not found.`,
    remedy:
      `Run \`node native-toolchain/setup.mjs\`, or set ${override} to where yours is.` +
      (downloadAdvice(name) === null ? '' : ` By hand: ${downloadAdvice(name)}.`),
    details: { tool: name },
  });
}

function broken(found: FoundTool, stderr: string): StudioError {
  return new StudioError({
    code: 'toolchain.broken',
    message: `${found.path} does not run: ${stderr.trim().split('\n')[0] || 'it gave no version'}.`,
    remedy: `Install ${tools[found.name].title} again, or set ${tools[found.name].override} to one that works.`,
    details: { tool: found.name, path: found.path, origin: found.origin, stderr: stderr.slice(-2000) },
  });
}
