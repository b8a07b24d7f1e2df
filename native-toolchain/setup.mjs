// Brings what a fresh clone lacks, then does what was asked for:
//   node native-toolchain/setup.mjs --for demo [-- CLI ARGUMENTS]   sets up, then runs the command line
//   node native-toolchain/setup.mjs --for test [FILTER…]            sets up, then checks and tests (a filter: tests only)
//   node native-toolchain/setup.mjs --for build                     sets up
// With --staged it never touches the system, even as root. Nothing but Node 20.19 is needed to start it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasApt, installAsRoot, stage } from './debian.mjs';
import { installPackages, npmCommand, outdatedPackages } from './npmPackages.mjs';
import { downloadAdvice, findTool, stagedFolder, tools, wholePath } from './tools.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What each purpose cannot do without, and what it only likes to have. */
const purposes = {
  demo: { required: ['arm-gcc', 'qemu'], liked: ['openocd'] },
  build: { required: ['arm-gcc', 'qemu'], liked: ['openocd'] },
  test: { required: ['arm-gcc', 'qemu', 'host-gcc'], liked: ['openocd', 'chromium'] },
};

const say = (line) => console.error(`setup: ${line}`);

function readArguments(argv) {
  const rest = [...argv];
  const options = { purpose: 'build', staged: false, more: [] };
  while (rest.length > 0) {
    const word = rest.shift();
    if (word === '--for') options.purpose = rest.shift();
    else if (word === '--staged') options.staged = true;
    else if (word === '--') options.more.push(...rest.splice(0));
    else options.more.push(word);
  }
  if (!(options.purpose in purposes)) {
    throw new Error(`--for takes one of ${Object.keys(purposes).join(', ')}, not ${options.purpose}`);
  }
  return options;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Error(`Node ${process.versions.node} is too old: install Node 20.19 or newer from https://nodejs.org`);
}

/** A compiler without its C library is no compiler for us. */
function isComplete(found) {
  if (found.name !== 'arm-gcc') return true;
  const asked = spawnSync(found.path, ['-print-file-name=nano.specs'], {
    encoding: 'utf8',
    env: { ...process.env, ...found.environment },
  });
  if (asked.status !== 0) return false;
  const relocated = join(dirname(found.path), '..', 'lib', 'arm-none-eabi', 'newlib', 'nano.specs');
  return existsSync(asked.stdout.trim()) || existsSync(relocated);
}

const findComplete = (name) => {
  const found = findTool(name);
  return found !== null && isComplete(found) ? found : null;
};

function versionOf({ name, path, environment }) {
  const asked = spawnSync(path, [tools[name].versionArgument], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    timeout: 20000,
  });
  return `${asked.stdout}${asked.stderr}`.match(/\d+(\.\d+)*/)?.[0] ?? 'of unknown version';
}

/** Brings the missing ones of `names`; returns those that could not be had, with why. */
function bringTools(names, staged) {
  const missing = names.filter((name) => findComplete(name) === null);
  const reasons = new Map();
  if (missing.length > 0) {
    say(`missing: ${missing.map((name) => `${tools[name].title} (${tools[name].purpose})`).join(', ')}`);
    const apt = process.platform === 'linux' && hasApt();
    for (const name of apt ? missing : []) {
      const asRoot = !staged && process.getuid?.() === 0;
      const refused = asRoot ? installAsRoot(tools[name].debian, say) : 'not root';
      const failed = refused === null ? null : stage(tools[name].debian, say);
      if (failed !== null) reasons.set(name, failed);
    }
  }
  return missing
    .filter((name) => findComplete(name) === null)
    .map((name) => ({ name, reason: reasons.get(name) ?? 'this system has no apt-get' }));
}

const stampFile = (purpose) => join(stagedFolder, `ready-${purpose}.json`);

/** Changes whenever the set-up would have to look again. */
function fingerprint(found) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'native-toolchain/setup.mjs', 'native-toolchain/tools.mjs']) {
    hash.update(readFileSync(join(root, file)));
  }
  return hash.update(JSON.stringify([process.version, found.map((tool) => [tool?.name, tool?.path])])).digest('hex');
}

function isReady(purpose, names) {
  const found = names.map((name) => findTool(name));
  if (!existsSync(stampFile(purpose)) || outdatedPackages(root).length > 0) return false;
  return JSON.parse(readFileSync(stampFile(purpose), 'utf8')).fingerprint === fingerprint(found);
}

function setUp({ purpose, staged }) {
  const { required, liked } = purposes[purpose];
  const names = [...required, ...liked];
  if (isReady(purpose, names)) return;
  const outdated = outdatedPackages(root);
  if (outdated.length > 0) {
    say(`${outdated.length} npm packages are missing or of another version`);
    const failed = installPackages(root, say);
    if (failed !== null) throw new Error(`npm packages could not be installed: ${failed}`);
  }
  const absent = bringTools(names, staged);
  for (const { name, reason } of absent) {
    say(
      `${required.includes(name) ? 'MISSING' : 'going on without'} ${tools[name].title}, which ${tools[name].purpose}: ${reason}`,
    );
    say(`  ${downloadAdvice(name) ?? `install ${tools[name].title} with your system's package manager`}`);
    say(`  or point the environment variable ${tools[name].override} at yours`);
  }
  const lacking = absent.filter(({ name }) => required.includes(name));
  if (lacking.length > 0) throw new Error(`${lacking.map(({ name }) => tools[name].title).join(' and ')} needed`);
  for (const name of names) {
    const found = findTool(name);
    if (found !== null) say(`${tools[name].title} ${versionOf(found)} (${found.origin}: ${found.path})`);
  }
  if (absent.length > 0) return;
  mkdirSync(stagedFolder, { recursive: true });
  writeFileSync(stampFile(purpose), JSON.stringify({ fingerprint: fingerprint(names.map((name) => findTool(name))) }));
}

/** Calls back when npm, which started us, was killed; without npm, a parent that ends means nothing (`nohup`). */
function whenOrphaned(callback) {
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    callback();
  }, 500);
  return () => clearInterval(watch);
}

/** Runs a program in the foreground, hands signals on, resolves with its exit code. */
function foreground(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    // A terminal sends Ctrl-C to both of us; the child decides how to end.
    const onInterrupt = () => {};
    const onTerminate = () => child.kill('SIGTERM');
    process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate);
    const stopWatching = process.env.npm_lifecycle_event ? whenOrphaned(onTerminate) : () => {};
    child.on('error', (error) => {
      say(`${command} could not be started: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => {
      process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate);
      stopWatching();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

const npmRun = (script) => {
  const [command, ...args] = npmCommand();
  return foreground(command, [...args, 'run', '-s', script]);
};

const vitest = (filters) =>
  foreground(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...filters]);

/** Every check runs, so that one report shows all that is wrong; the first failure is the exit code. */
async function checkAndTest(filters) {
  if (filters.length > 0) return vitest(filters);
  const steps = [
    ['types', () => npmRun('types')],
    ['lint', () => npmRun('lint')],
    ['format', () => npmRun('format:check')],
    ['tests', () => vitest([])],
  ];
  let exitCode = 0;
  const failed = [];
  for (const [name, run] of steps) {
    say(name);
    const code = await run();
    if (code !== 0) failed.push(name);
    exitCode ||= code;
  }
  say(failed.length === 0 ? 'types, lint, format and tests are all in order' : `FAILED: ${failed.join(', ')}`);
  return exitCode;
}

async function main() {
  checkNode();
  process.env.PATH = wholePath(process.env.PATH);
  const options = readArguments(process.argv.slice(2));
  setUp(options);
  if (options.purpose === 'test') return checkAndTest(options.more);
  if (options.more.length === 0) return 0;
  const orphan = new URL('./orphan.mjs', import.meta.url).href;
  return foreground(process.execPath, ['--import', orphan, '--import', 'tsx', 'main/cli/main.ts', ...options.more]);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error.message);
    process.exitCode = 1;
  },
);
