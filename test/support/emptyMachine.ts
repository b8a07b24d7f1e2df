import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bareEnvironment, runToEnd, withoutNetwork, type Finished } from './bareMachine.ts';

/** A machine on which nothing of ours was ever installed. Programs on its PATH: coreutils, a shell, Node with npm. */
export interface EmptyMachine {
  readonly description: string;
  /** The folder of the machine that is to hold a clone, by its name out here. */
  readonly work: string;
  /** Runs a program in a folder below `work`; standard error is shown as it goes. */
  run(
    command: readonly string[],
    options: { readonly folder: string; readonly network: boolean; readonly signal?: AbortSignal },
  ): Promise<Finished>;
}

const unshare = '/usr/bin/unshare';
const debootstrap = '/usr/sbin/debootstrap';

/** A Debian of its own where debootstrap can make one, otherwise an empty home and a reduced PATH on this machine. */
export async function makeEmptyMachine(folder: string): Promise<EmptyMachine> {
  return process.getuid?.() === 0 && existsSync(debootstrap) ? emptyDebian(folder) : bareMachine(folder);
}

/** Which registry npm asks, and whose certificates count, is this machine's affair. */
function networkSettings(): Record<string, string> {
  const named = /^(npm_config_(registry|cafile|proxy|https_proxy|noproxy)|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS)$/i;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (named.test(name) && value ? [[name, value]] : [])),
  );
}

const npmSettingsFile = (): string =>
  execFileSync('npm', ['config', 'get', 'userconfig'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

function bareMachine(folder: string): EmptyMachine {
  const work = join(folder, 'work');
  mkdirSync(work, { recursive: true });
  const env = {
    ...networkSettings(),
    npm_config_userconfig: npmSettingsFile(),
    ...bareEnvironment(join(folder, 'machine'), { npm: true }),
  };
  return {
    description: 'this machine with an empty home, the PATH reduced to coreutils and Node',
    work,
    run: (command, { folder: cwd, network, signal }) =>
      runToEnd([...(network ? [] : wall()), ...command], { cwd: join(work, cwd), env, echo: true, signal }),
  };
}

function wall(): readonly string[] {
  const found = withoutNetwork();
  if (found === null) throw new Error('This user may not make a network namespace (unshare --net): run it as root.');
  return found;
}

/**
 * Starts a program in a root folder of its own, seen by nobody else and ended with us: the mounts and all processes belong to
 * namespaces that vanish with the first of them, the shell, which also waits for whoever loses its parent.
 */
const enter = `root="$1"; cd="$2"; shift 2
mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" || exit 125
chroot "$root" /bin/sh -c 'cd "$0" && exec "$@"' "$cd" "$@" &
wait $!`;

/** The release whose package sources this machine has. */
function suite(): string {
  const release = readFileSync('/etc/os-release', 'utf8');
  return (/^ID=debian$/m.test(release) && /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1]) || 'stable';
}

async function emptyDebian(folder: string): Promise<EmptyMachine> {
  const root = join(folder, 'root');
  const cache = join(folder, 'packages');
  mkdirSync(cache, { recursive: true });
  const made = await runToEnd(
    [debootstrap, '--variant=minbase', '--include=ca-certificates', `--cache-dir=${cache}`, suite(), root],
    { echo: true },
  );
  if (made.exitCode !== 0) throw new Error(`debootstrap: ${made.stdout.slice(-500)}`);
  const release = /PRETTY_NAME="(.+)"/.exec(readFileSync(join(root, 'etc/os-release'), 'utf8'))?.[1] ?? 'Debian';
  copyNetworkSettings(root);
  copyNode(root);
  const bin = '/machine/bin';
  mkdirSync(join(root, bin), { recursive: true });
  const coreutils = execFileSync('chroot', [root, 'dpkg', '-L', 'coreutils'], { encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\/s?bin\/[^/]+$/.test(file));
  for (const file of ['/bin/sh', '/usr/bin/node', '/usr/bin/npm', '/usr/bin/npx', ...coreutils])
    if (!existsSync(join(root, bin, basename(file)))) symlinkSync(file, join(root, bin, basename(file)));
  mkdirSync(join(root, 'home/nobody yet'), { recursive: true });
  const settings = npmSettingsFile();
  if (existsSync(settings)) copyFileSync(settings, join(root, 'home/nobody yet/.npmrc'));
  const env = {
    ...networkSettings(),
    ...{ PATH: bin, HOME: '/home/nobody yet', LANG: 'C.UTF-8', TERM: 'dumb' },
  };
  const work = join(root, 'home/nobody yet/work');
  mkdirSync(work);
  const namespaces = [unshare, '--mount', '--pid', '--fork', '--kill-child', '/bin/sh', '-c', enter, 'sh', root];
  return {
    description: `${release} made by debootstrap (minbase), the PATH reduced to coreutils and Node`,
    work,
    run: (command, { folder: cwd, network, signal }) => {
      const inside = ['/home/nobody yet/work/' + cwd, '/usr/bin/env', '-i', ...assignments(env), ...command];
      return runToEnd([...(network ? [] : wall()), ...namespaces, ...inside], { echo: true, signal });
    },
  };
}

const assignments = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`);

/** Names, package sources, proxies and certificates, as this machine has them. */
function copyNetworkSettings(root: string): void {
  const copy = (file: string): void => {
    if (!existsSync(file)) return;
    mkdirSync(dirname(join(root, file)), { recursive: true });
    // A link in there would lead to the file of this machine.
    rmSync(join(root, file), { force: true });
    copyFileSync(file, join(root, file));
  };
  for (const file of ['/etc/resolv.conf', '/etc/hosts', '/etc/apt/sources.list']) copy(file);
  for (const name of readdirSync('/etc/apt/sources.list.d'))
    if (/^debian\.(sources|list)$/.test(name)) copy(join('/etc/apt/sources.list.d', name));
  for (const name of readdirSync('/etc/apt/apt.conf.d')) {
    const file = join('/etc/apt/apt.conf.d', name);
    if (/^\s*Acquire::https?::/m.test(readFileSync(file, 'utf8'))) copy(file);
  }
  const more = process.env['NODE_EXTRA_CA_CERTS'];
  if (more) copy(more);
}

/** This very Node, with its npm. */
function copyNode(root: string): void {
  copyFileSync(process.execPath, join(root, 'usr/bin/node'));
  const npm = dirname(dirname(realpathSync(join(dirname(process.execPath), 'npm'))));
  cpSync(npm, join(root, 'usr/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, 'usr/bin', name));
  const works = spawnSync('chroot', [root, '/usr/bin/node', '--version'], { encoding: 'utf8' });
  if (works.status !== 0) throw new Error(`Node does not run in an empty Debian: ${works.stderr}`);
}
