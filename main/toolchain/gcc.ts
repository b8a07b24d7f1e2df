import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { StudioError } from '../contract/index.ts';
import { runProcess, type ProcessResult } from '../processes/index.ts';
import type { LocatedTool } from './locate.ts';

/** One thing that a compiler or linker complained about. */
export interface Diagnostic {
  readonly file: string | null;
  readonly line: number | null;
  readonly severity: 'error' | 'warning';
  readonly text: string;
}

export interface GccOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * The compiler with what it needs where it lies: Debian's gcc does not find newlib by itself once it was moved.
 */
export interface Gcc {
  readonly tool: LocatedTool;
  /**
   * Arguments that make a moved compiler find its C library for these machine flags.
   * @throws StudioError `toolchain.no-library`
   */
  libraryFlags(machineFlags: readonly string[]): Promise<readonly string[]>;
  /**
   * Runs it.
   * @throws StudioError `toolchain.compile-failed` with the first complaint in `message`, all in `details.diagnostics`
   */
  run(args: readonly string[], options?: GccOptions): Promise<ProcessResult>;
}

export function createGcc(tool: LocatedTool): Gcc {
  const flagsOf = new Map<string, Promise<readonly string[]>>();
  const ask = async (args: readonly string[]): Promise<string> =>
    (await runProcess(tool.path, args, { env: tool.environment, timeoutMs: 30_000 })).stdout.trim();

  async function findLibrary(machineFlags: readonly string[]): Promise<readonly string[]> {
    if (existsSync(await ask(['-print-file-name=nano.specs']))) return [];
    const root = join(dirname(tool.path), '..');
    const newlib = join(root, 'lib', 'arm-none-eabi', 'newlib');
    if (!existsSync(join(newlib, 'nano.specs'))) throw noLibrary(tool);
    const multilib = await ask([...machineFlags, '-print-multi-directory']);
    return [
      ...['nano', ''].flatMap((name) => ['-isystem', join(root, 'include', 'newlib', name)]),
      `-B${join(newlib, multilib)}/`,
      `-B${newlib}/`,
      `-L${join(newlib, multilib)}`,
    ];
  }

  return {
    tool,
    libraryFlags(machineFlags) {
      const key = machineFlags.join(' ');
      const known = flagsOf.get(key) ?? findLibrary(machineFlags);
      flagsOf.set(key, known);
      return known;
    },
    async run(args, options = {}) {
      const result = await runProcess(tool.path, args, {
        ...options,
        // Messages in English whatever the user's language: they are read by `readDiagnostics`.
        // Temporary files lie beside the others, whose folder goes with them even after a kill.
        env: { ...tool.environment, LC_ALL: 'C', ...(options.cwd === undefined ? {} : temporaryFiles(options.cwd)) },
        timeoutMs: options.timeoutMs ?? 600_000,
      });
      if (/No space left on device/.test(result.stderr)) throw noSpace(tool, result);
      if (result.exitCode !== 0) throw compileFailed(tool, args, result);
      return result;
    },
  };
}

const temporaryFiles = (folder: string): Record<string, string> => ({ TMPDIR: folder, TMP: folder, TEMP: folder });

const noSpace = (tool: LocatedTool, { stderr }: ProcessResult): StudioError =>
  new StudioError({
    code: 'toolchain.no-space',
    message: `The compiler could not write its files: the disk with the temporary folder ${tmpdir()} is full.`,
    remedy: 'Free some space there, or let TMPDIR name a folder on another disk.',
    details: { compiler: tool.path, stderr: stderr.slice(-4000) },
  });

const noLibrary = (tool: LocatedTool): StudioError =>
  new StudioError({
    code: 'toolchain.no-library',
    message: `The compiler ${tool.path} has no C library: newlib is missing.`,
    remedy: 'Run `node native-toolchain/setup.mjs`, or install newlib (Debian: libnewlib-arm-none-eabi).',
    details: { compiler: tool.path, version: tool.version },
  });

/** How gcc and ld write: file, line, severity and text are named groups where there are any. */
const forms: readonly RegExp[] = [
  /^(?<file>.+?):(?<line>\d+)(?::\d+)?: (?:fatal )?(?<severity>error|warning): (?<text>.*)$/,
  // ld, about a place in an object file
  /^(?:\S*ld(?:\.bfd)?(?:\.exe)?: )?(?<file>[^:]+):\(\.[^)]*\): (?<text>.*)$/,
  /^\S*ld(?:\.bfd)?(?:\.exe)?: (?<text>.*(?:undefined reference|overflowed|will not fit|cannot find|multiple definition|unrecognized).*)$/,
  /^[^:\s][^:]*: (?:fatal )?(?<severity>error|warning): (?<text>.*)$/,
];

/** What gcc or ld said, in its order; ld's lines have no severity and count as errors. */
export function readDiagnostics(stderr: string): readonly Diagnostic[] {
  return stderr.split('\n').flatMap((line) => {
    const found = forms.map((form) => line.match(form)?.groups).find((groups) => groups !== undefined);
    // collect2's last word repeats that something was wrong.
    if (found === undefined || /ld returned \d+ exit status/.test(line)) return [];
    return [
      {
        file: found.file ?? null,
        line: found.line === undefined ? null : Number(found.line),
        severity: found.severity === 'warning' ? 'warning' : 'error',
        text: found.text ?? '',
      } as const,
    ];
  });
}

function compileFailed(tool: LocatedTool, args: readonly string[], result: ProcessResult): StudioError {
  const diagnostics = readDiagnostics(result.stderr);
  const first = diagnostics.find(({ severity }) => severity === 'error');
  const ended = result.signal === null ? `exit code ${result.exitCode}` : `signal ${result.signal}`;
  const place = first?.file ? ` in ${first.file}${first.line === null ? '' : `, line ${first.line}`}` : '';
  const text = first?.text ?? result.stderr.trim().split('\n').at(-1) ?? '';
  return new StudioError({
    code: 'toolchain.compile-failed',
    message: `The compiler stopped${place}: ${text === '' ? ended : text}.`,
    remedy: 'If these are your own C files, correct the line; otherwise report it with the details below.',
    details: { diagnostics, args, compiler: `${tool.path} ${tool.version}`, stderr: result.stderr.slice(-4000) },
  });
}
