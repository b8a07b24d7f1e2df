// Debian's packages: installed as root, or unpacked below `staged/debian` without.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stagedFolder } from './tools.mjs';

const run = (command, args, options = {}) =>
  spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    ...options,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
  });

export const hasApt = () => run('apt-get', ['--version']).status === 0 && run('dpkg', ['--version']).status === 0;

/** Never staged: a second C library beside the system's would break every program that mixes them. */
const neverStaged = /^(libc6|libc-bin|libgcc-s1|gcc-\d+-base|base-files|debconf|dpkg|perl-base)$/;

/** Installs `packages` with apt-get; returns null, or why not. */
export function installAsRoot(packages, say) {
  const install = () =>
    run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { DEBIAN_FRONTEND: 'noninteractive' },
    });
  say(`apt-get install ${packages.join(' ')}`);
  let result = install();
  if (result.status !== 0) {
    say('apt-get update');
    run('apt-get', ['update']);
    result = install();
  }
  return result.status === 0 ? null : lastLine(result);
}

/** Unpacks `packages`, and what they need that the system lacks, below `staged/debian`; returns null, or why not. */
export function stage(packages, say) {
  const downloads = join(stagedFolder, '..', 'downloads');
  mkdirSync(downloads, { recursive: true });
  let options = [];
  let missing = missingPackages(packages, options);
  if (missing === null) {
    // Package lists of our own, where the system has none and we may not fetch them for it.
    const lists = join(downloads, 'lists');
    const cache = join(downloads, 'cache');
    mkdirSync(join(lists, 'partial'), { recursive: true });
    mkdirSync(join(cache, 'archives', 'partial'), { recursive: true });
    options = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`, '-o', 'Debug::NoLocking=1'];
    say('apt-get update, into native-toolchain/downloads');
    run('apt-get', [...options, 'update']);
    missing = missingPackages(packages, options);
    if (missing === null) return `apt-get knows no packages ${packages.join(', ')}`;
  }
  const wanted = [...new Set([...packages, ...missing])].filter((name) => !neverStaged.test(name.split(':')[0]));
  say(`unpacking ${wanted.length} Debian packages below native-toolchain/staged (no root): ${wanted.join(' ')}`);
  const archives = join(downloads, 'archives');
  rmSync(archives, { recursive: true, force: true });
  mkdirSync(archives, { recursive: true });
  const fetched = run('apt-get', [...options, 'download', ...wanted], { cwd: archives });
  if (fetched.status !== 0) return lastLine(fetched);
  const root = join(stagedFolder, 'debian');
  mkdirSync(root, { recursive: true });
  for (const archive of readdirSync(archives)) {
    const unpacked = run('dpkg', ['-x', join(archives, archive), root]);
    if (unpacked.status !== 0) return lastLine(unpacked);
  }
  rmSync(archives, { recursive: true, force: true });
  return existsSync(join(root, 'usr')) ? null : 'the packages were empty';
}

/** What apt would install for `packages`, simulated; null where it does not know them. */
function missingPackages(packages, options) {
  const simulated = run('apt-get', [...options, '-s', 'install', '--no-install-recommends', ...packages]);
  if (simulated.status !== 0) return null;
  return [...simulated.stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
}

const lastLine = ({ stderr, stdout, error }) =>
  (stderr || stdout || error?.message || '').trim().split('\n').filter(Boolean).slice(-1)[0] ?? 'no reason given';
