import { spawn } from 'node:child_process';
import type { Duplex, Readable, Writable } from 'node:stream';
import { StudioError } from '../contract/index.ts';
import { disown, killTree, own, ownershipEnvironment, watchChildren } from './ownership.ts';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the child, and all that it started, when it fires. */
  readonly signal?: AbortSignal;
}

export interface RunOptions extends ProcessOptions {
  /** Written to its standard input, which is then closed; without it, standard input is empty. */
  readonly input?: string | Uint8Array;
  /** The child is ended after this many milliseconds; default five minutes. */
  readonly timeoutMs?: number;
  /** At most this much of each of stdout and stderr is kept (the end of it); default 4 MiB. */
  readonly maxOutputBytes?: number;
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

/** How a child ended: by itself, with a code, or by a signal. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessResult extends ProcessEnd {
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the beginning of stdout or stderr was dropped. */
  readonly truncated: boolean;
}

export interface OwnedProcess {
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The duplex pipes asked for, which the child sees as file descriptors 3, 4, …. */
  readonly pipes: readonly Duplex[];
  /** Resolves when the child has ended and its output is complete; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends the child and all that it started; resolves when it has ended. Idempotent. */
  kill(): Promise<ProcessEnd>;
}

/** A decoded stream of which only the end is kept. */
class TextTail {
  private readonly decoder = new TextDecoder();
  private text = '';
  truncated = false;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(bytes: Uint8Array): string {
    const piece = this.decoder.decode(bytes, { stream: true });
    this.text += piece;
    // Cut now and then rather than with each piece: a long output costs linear time.
    if (this.text.length > 2 * this.limit) this.cut();
    return piece;
  }

  end(): string {
    this.text += this.decoder.decode();
    if (this.text.length > this.limit) this.cut();
    return this.text;
  }

  private cut(): void {
    this.text = this.text.slice(-this.limit);
    this.truncated = true;
  }
}

/**
 * Starts a child process that ends with us at the latest: when we exit, crash or are killed. `extraPipes` duplex pipes
 * appear in the child as file descriptors 3, 4, ….
 * @throws StudioError `process.not-started` (no such program, not executable), `process.aborted`
 */
export async function startProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions & { readonly extraPipes?: number } = {},
): Promise<OwnedProcess> {
  if (options.signal?.aborted) throw aborted(command);
  watchChildren();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env, ...ownershipEnvironment },
    stdio: ['pipe', 'pipe', 'pipe', ...Array.from({ length: options.extraPipes ?? 0 }, () => 'pipe' as const)],
    // A group of its own, so that the whole tree can be ended and a terminal's Ctrl-C reaches only us.
    detached: process.platform !== 'win32',
    windowsHide: true,
  });
  const { pid } = child;
  if (pid !== undefined) own(pid);
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }));
  });
  if (pid === undefined) {
    const cause = await new Promise<Error>((resolve) => child.once('error', resolve));
    throw notStarted(command, cause);
  }
  child.once('exit', () => {
    // What the child started itself must not outlive it, nor keep its pipes open.
    killTree(pid);
    disown(pid);
  });
  child.on('error', () => undefined);
  const pipes = child.stdio.slice(3) as Duplex[];
  for (const stream of [child.stdin, ...pipes]) stream.on('error', () => undefined);
  const kill = (): Promise<ProcessEnd> => {
    if (child.exitCode === null && child.signalCode === null) killTree(pid);
    return ended;
  };
  const onAbort = (): void => void kill();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  void ended.then(() => options.signal?.removeEventListener('abort', onAbort));
  return { pid, stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, pipes, ended, kill };
}

/**
 * Runs a program to its end and resolves whatever its exit code is: the caller judges it.
 * @throws StudioError `process.not-started`, `process.timeout` (the child was ended), `process.aborted`
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<ProcessResult> {
  const timeoutMs = options.timeoutMs ?? 300_000;
  const limit = options.maxOutputBytes ?? 4 << 20;
  const child = await startProcess(command, args, options);
  const stdout = new TextTail(limit);
  const stderr = new TextTail(limit);
  const keep = (stream: Readable, tail: TextTail, report: ((text: string) => void) | undefined): void => {
    stream.on('data', (bytes: Uint8Array) => {
      const text = tail.add(bytes);
      report?.(text);
    });
  };
  keep(child.stdout, stdout, options.onStdout);
  keep(child.stderr, stderr, options.onStderr);
  child.stdin.end(options.input);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    void child.kill();
  }, timeoutMs);
  const end = await child.ended;
  clearTimeout(timer);
  if (options.signal?.aborted) throw aborted(command);
  if (timedOut) {
    throw new StudioError({
      code: 'process.timeout',
      message: `${command} did not finish within ${timeoutMs / 1000} s and was ended.`,
      remedy: 'Try again; if the machine is busy, close what keeps it so.',
      details: { command, args, timeoutMs, stderr: stderr.end().slice(-2000) },
    });
  }
  const texts = { stdout: stdout.end(), stderr: stderr.end() };
  return { ...end, ...texts, truncated: stdout.truncated || stderr.truncated };
}

const aborted = (command: string): StudioError =>
  new StudioError({
    code: 'process.aborted',
    message: `${command} was stopped on request.`,
    remedy: 'Start it again when you like.',
    details: { command },
  });

const notStarted = (command: string, cause: Error): StudioError =>
  new StudioError({
    code: 'process.not-started',
    message: `${command} could not be started: ${cause.message}.`,
    remedy: 'Run `mcunet doctor` to see which tools are missing.',
    details: { command },
    cause,
  });
