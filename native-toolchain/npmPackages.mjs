// npm's packages, as package-lock.json says.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** npm itself as arguments for this Node: `.cmd` files cannot be started without a shell. */
export function npmCommand() {
  const beside = dirname(process.execPath);
  const script = [
    process.env.npm_execpath,
    join(beside, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(beside, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find((path) => path && /npm-cli\.js$/.test(path) && existsSync(path));
  return script ? [process.execPath, script] : ['npm'];
}

/** The names of packages that are missing or of another version; optional ones never count. */
export function outdatedPackages(root) {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const installedFile = join(root, 'node_modules', '.package-lock.json');
  const installed = existsSync(installedFile) ? JSON.parse(readFileSync(installedFile, 'utf8')).packages : {};
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.optional && !entry.devOptional && !entry.link)
    .filter(([path, entry]) => installed[path]?.version !== entry.version)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));
}

/** Brings the packages up to the lock file; returns null, or why not. */
export function installPackages(root, say) {
  const modules = join(root, 'node_modules');
  if (existsSync(modules) && lstatSync(modules).isSymbolicLink()) {
    say('node_modules is a link: left as it is');
    return null;
  }
  const [command, ...args] = npmCommand();
  const install = (...more) =>
    spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', ...more], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    });
  say('npm ci');
  let result = install();
  if (result.status !== 0) {
    // Install scripts only build or download what has a prebuilt twin or is optional; without them all of ours load.
    say('npm ci --ignore-scripts (an install script failed)');
    result = install('--ignore-scripts');
  }
  if (result.status === 0) return null;
  const lines = `${result.stderr}${result.error?.message ?? ''}`.trim().split('\n');
  return (
    lines
      .filter((line) => /npm error|ERR!/.test(line))
      .slice(0, 4)
      .join('; ') || lines.slice(-1)[0]
  );
}
