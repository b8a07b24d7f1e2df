import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** GNU coreutils that scripts and programs may take for granted, the shell, and what a package is unpacked with. */
const coreutils =
  'sh basename cat chmod cp cut date dirname env expr head id ln ls mkdir mv nproc printf pwd readlink rm sleep sort tail test touch tr true uname wc which tar xz gzip'.split(
    ' ',
  );

/** The environment of a machine with nothing but coreutils and Node (npm's programs with it) on its PATH. */
export function bareEnvironment(folder: string, { npm = false, more = [] as string[] } = {}): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  const home = join(folder, 'home');
  for (const made of [bin, home]) mkdirSync(made, { recursive: true });
  for (const name of [...coreutils, ...more]) {
    const at = ['/usr/bin', '/bin'].map((place) => join(place, name)).find((file) => existsSync(file));
    if (at !== undefined && !existsSync(join(bin, name))) symlinkSync(at, join(bin, name));
  }
  const node = npm ? ['node', 'npm', 'npx'] : ['node'];
  for (const name of node) {
    const target = name === 'node' ? process.execPath : join(dirname(process.execPath), name);
    if (existsSync(target) && !existsSync(join(bin, name))) symlinkSync(target, join(bin, name));
  }
  return { PATH: bin, HOME: home, LANG: 'C.UTF-8', TERM: 'dumb' };
}

/** By its place, for callers whose PATH does not lead there. */
const unshare = '/usr/bin/unshare';

/**
 * What to put in front of a command so that it has no network but loopback; null where this user may not (it takes Linux,
 * and root or user namespaces).
 */
export function withoutNetwork(): readonly string[] | null {
  for (const how of [['--net'], ['--map-root-user', '--net']]) {
    const tried = spawnSync(unshare, [...how, 'true']);
    // A new namespace's loopback is down: a wrapper brings it up.
    if (tried.status === 0) return [unshare, ...how, process.execPath, join(import.meta.dirname, 'loopbackUp.mjs')];
  }
  return null;
}

export interface Finished {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; `echo` shows its standard error as it goes. */
export async function runToEnd(
  command: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly echo?: boolean;
    /** Ends the program at once. */
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<Finished> {
  const [program = '', ...args] = command;
  const { cwd, env, signal } = options;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (bytes: Buffer) => (said.stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => {
    said.stderr += bytes.toString();
    if (options.echo === true) process.stderr.write(bytes);
  });
  const [exitCode] = (await once(child, 'close')) as [number | null];
  signal?.removeEventListener('abort', kill);
  return { exitCode, ...said };
}

/** Starts `… serve --json` and waits for its address. */
export async function startServe(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let told = '';
  child.stderr.on('data', (bytes: Buffer) => (told += bytes.toString()));
  const first = await Promise.race([once(child.stdout, 'data'), once(child, 'close').then(() => null)]);
  if (first === null) throw new Error(`serve ended: ${told}`);
  return { child, url: (JSON.parse(String(first[0])) as { url: string }).url };
}
