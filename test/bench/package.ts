/**
 * npm run bench:package [-- --full] [--no-docs]: makes the portable package, unpacks its archive in an empty folder with
 * spaces, quotes and umlauts in its name, and uses it there with nothing but Node and coreutils on the PATH, and with no
 * network at all where this user may take it away: demo, training, search, and its window in a browser where one is
 * installed. Then trains and searches with the desktop package's folder, made around a stand-in for Electron. `--full`
 * trains the demo's own epochs instead of half a minute. Writes docs/package.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Report } from '../../main/contract/index.ts';
import { folderBytes } from '../../native-toolchain/copying.ts';
import { currentPlatform, type Platform } from '../../native-toolchain/manifest.ts';
import { makeDesktop } from '../../native-toolchain/packaging/makeDesktop.ts';
import { makePortable } from '../../native-toolchain/packaging/makePortable.ts';
import { findTool } from '../../native-toolchain/tools.mjs';
import { ensureToolBundle } from '../../native-toolchain/toolBundle.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { bareEnvironment, runToEnd, startServe, withoutNetwork } from '../support/bareMachine.ts';
import { connectTo } from '../support/serviceClient.ts';
import { seenByElectron, standInElectron } from '../support/standInElectron.ts';
import { startBrowser, watch } from '../window/browser.ts';

const full = process.argv.includes('--full');
const work = mkdtempSync(join(tmpdir(), 'mcunet-package-'));
const there = join(work, `ein Ordner mit "Anführung", Umläuten & Leerzeichen`);
const isolated = withoutNetwork();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());

const rows: [string, string][] = [];
function tell(what: string, result: string): void {
  rows.push([what, result]);
  console.error(`${what}: ${result}`);
}
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

/** A packaged command line: how it is started, in an environment with nothing of this machine. */
interface Packaged {
  readonly name: string;
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

async function main(platform: Platform): Promise<void> {
  const bundle = await ensureToolBundle({ platform, from: 'system', say: console.error });
  mkdirSync(there);
  const env = { ...bareEnvironment(join(work, 'machine')), MCUNET_WORKSPACE: join(there, 'meine Läufe') };
  tell('Network', isolated === null ? 'as it is (unshare is not permitted here)' : 'none but loopback (unshare --net)');

  await unpackPortable(bundle);
  const portable: Packaged = {
    name: 'portable',
    command: [...(isolated ?? []), join(there, 'mcunet-studio', 'bin', 'mcunet')],
    env,
  };
  await itsOwnTools(portable, join(there, 'mcunet-studio', 'toolchain'));
  await useJob(portable, 'train', ['--dataset', 'generated:road-signs', '--minutes', '0.5', ...onBoard]);
  await useJob(portable, 'search', ['--dataset', 'generated:road-signs', '--minutes', '1', ...onBoard]);
  await useServe(portable);

  const unpacked = await makeDesktopFolder();
  const desktop: Packaged = {
    name: 'desktop',
    command: [...(isolated ?? []), ...seenByElectron(unpacked).command],
    env: { ...env, MCUNET_WORKSPACE: join(there, 'Läufe der App') },
  };
  await itsOwnTools(desktop, join(unpacked, 'resources', 'toolchain'));
  await useJob(desktop, 'train', ['--dataset', 'generated:road-signs', '--minutes', '0.5', ...onBoard]);
  await useJob(desktop, 'search', ['--dataset', 'generated:road-signs', '--minutes', '1', ...onBoard]);
  await useJob(portable, 'demo', full ? [] : ['--minutes', '0.5']);
}

const onBoard = ['--board', 'virtual-stm32f405', '--evaluate', '200'];

async function unpackPortable(bundle: string): Promise<void> {
  const made = join(work, 'mcunet-studio');
  await makePortable(made, bundle);
  const toolchain = await folderBytes(join(made, 'toolchain'));
  const whole = await folderBytes(made);
  const archive = join(work, 'package.tar.xz');
  execFileSync('tar', ['-cJf', archive, '-C', dirname(made), basename(made)], {
    env: { ...process.env, XZ_OPT: '-T0 -6' },
  });
  tell('portable: unpacked', `${mib(whole)}, of which the tools ${mib(toolchain)}`);
  tell('portable: archive (tar.xz)', mib(statSync(archive).size));
  rmSync(made, { recursive: true });
  execFileSync('tar', ['-xJf', archive, '-C', there]);
}

async function makeDesktopFolder(): Promise<string> {
  await makeDesktop({
    targets: ['dir'],
    electronFolder: standInElectron(join(work, 'electron')),
    output: join(there, 'desktop'),
    appFolder: join(work, 'app'),
  });
  const unpacked = join(there, 'desktop', 'linux-unpacked');
  tell('desktop: unpacked, without Electron', mib(await folderBytes(unpacked)));
  return unpacked;
}

async function itsOwnTools({ name, command, env }: Packaged, toolchain: string): Promise<void> {
  const { stdout, stderr } = await runToEnd([...command, 'doctor', '--json'], { env, cwd: there });
  if (!stdout.startsWith('{')) throw new Error(`${name}: doctor: ${stderr}`);
  const { findings } = JSON.parse(stdout) as { findings: { id: string; version: string; path: string | null }[] };
  const tools = ['arm-gcc', 'openocd', 'qemu'].map((tool) => {
    const found = findings.find(({ id }) => id === `tool.${tool}`);
    if (found?.path?.startsWith(toolchain) !== true)
      throw new Error(`${tool} is not the package's own: ${found?.path}`);
    return `${tool} ${found.version}`;
  });
  tell(`${name}: \`doctor\``, `${tools.join(', ')}, each the package's own`);
}

/** Does a job to its end; the board's answers must be the interpreter's. */
async function useJob({ name, command, env }: Packaged, job: string, args: readonly string[]): Promise<void> {
  const since = performance.now();
  const out = join(there, `Bericht ${name} ${job}`);
  const { exitCode, stdout } = await runToEnd([...command, job, ...args, '--out', out, '--json'], {
    env,
    cwd: there,
    echo: true,
    signal: stop.signal,
  });
  stop.signal.throwIfAborted();
  if (exitCode !== 0) throw new Error(`${name}: ${job}: ${stdout}`);
  const { evaluation } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  if (evaluation === null || evaluation.agreement === null) throw new Error(`${job} did not come to the board`);
  const { compared, equal } = evaluation.agreement;
  if (equal !== compared) throw new Error(`${job}: the board did not agree`);
  const shown = [
    job,
    ...args.slice(args.indexOf('--minutes') < 0 ? args.length : args.indexOf('--minutes')).slice(0, 2),
  ];
  tell(
    `${name}: \`${shown.join(' ')}\``,
    `${seconds(since)}; ${(100 * evaluation.accuracy).toFixed(1)} % of ${evaluation.samples} on the board, ` +
      `${equal} of ${compared} answers equal the interpreter's in every byte`,
  );
}

async function useServe({ name, command, env }: Packaged): Promise<void> {
  const since = performance.now();
  const { child, url } = await startServe([...command, 'serve', '--json'], { env, cwd: there });
  try {
    const used = isolated === null ? await useWindow(url) : await inTheNamespace(child.pid!, url);
    tell(`${name}: \`serve\``, `${used}: ${seconds(since)}`);
  } finally {
    child.kill('SIGINT');
  }
}

/** Asks for the window's page, does a job through the service as the window would, and sees its report in a browser. */
async function useWindow(url: string): Promise<string> {
  const html = await (await fetch(url)).text();
  const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(html)?.[1];
  if (script === undefined || (await fetch(new URL(script, url))).status !== 200) throw new Error('no window');
  const client = await connectTo(url);
  const model = tinyClassifier(work);
  const { runId } = await client.call('jobs.start', {
    params: { kind: 'profile', model, boardId: 'virtual-stm32f405' },
  });
  for (;;) {
    const run = await client.call('runs.get', { id: runId });
    if (run.state === 'failed') throw new Error(run.error?.message);
    if (run.state === 'done') break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const looked = await lookAtIt(url);
  const { network } = await client.call('system.info', {});
  if (network.foreign > 0) throw new Error(`the service asked for ${JSON.stringify(network.latest)}`);
  client.close();
  return `page, service, a build and a profile through it${looked}`;
}

/** Walks through the window's screens in a real browser, if there is one. */
async function lookAtIt(url: string): Promise<string> {
  const chromium = findTool('chromium');
  if (chromium === null) return '';
  const browser = await startBrowser(chromium.path);
  try {
    const page = await browser.newPage({ locale: 'en-GB', reducedMotion: 'reduce' });
    const misdeeds = watch(page, new URL(url).host);
    await page.goto(url);
    await page.getByRole('heading', { name: 'A network that fits the board on your desk' }).waitFor();
    const screens = ['Data', 'Search', 'Train', 'Build', 'Board', 'Lab', 'Runs', 'Help'];
    for (const name of screens) {
      await page.getByRole('navigation', { name: 'Screens' }).getByRole('button', { name }).click();
      await page.locator('main').getByRole('heading', { level: 2 }).first().waitFor();
    }
    const bad = [...misdeeds.errors, ...misdeeds.foreign];
    if (bad.length > 0) throw new Error(`the window: ${bad.join('; ')}`);
    return `, ${screens.length + 1} screens in Chromium without an error`;
  } finally {
    await browser.close();
  }
}

/** The window must be on the same side of the wall: enters the network namespace of the service. */
async function inTheNamespace(pid: number, url: string): Promise<string> {
  const self = ['--import', 'tsx', import.meta.filename, '--use-window', url];
  const used = await runToEnd(['nsenter', '--net', '--target', String(pid), process.execPath, ...self], { echo: true });
  if (used.exitCode !== 0) throw new Error('the window did not work');
  return used.stdout.trim();
}

function page(platform: Platform): string {
  return `# The packages, used

Made by \`npm run bench:package${full ? ' -- --full' : ''}\` on ${platform}, Node ${process.version}: the portable package's archive was unpacked
in an empty folder with spaces, quotes and umlauts in its name; the desktop package's folder was made there by electron-builder
around a stand-in for Electron (Node runs what Electron would run). The PATH held Node and coreutils, no compiler, no QEMU, no
OpenOCD.

| what | result |
|---|---|
${rows.map(([what, result]) => `| ${what} | ${result} |`).join('\n')}

## The installers

\`npm run package\` makes them with electron-builder, on the system that they are for, from \`electron-builder.yml\`. Electron's program
and some of electron-builder's own tools are fetched by them; what can be proved without the internet is in
\`test/native-toolchain/desktopPackage.test.ts\`.

| package | needs from the internet | proved without |
|---|---|---|
| folder (\`--dir\`) | Electron | made around a stand-in: files, natives outside of the archive, the packaged program builds an image |
| deb | Electron | made around a stand-in with Debian's own dpkg-deb (\`native-toolchain/packaging/fpm.mjs\`) and read back: udev rules, desktop entry, file types, icons, owners, scripts |
| AppImage | Electron, its runtime and mksquashfs | configuration against electron-builder's schema; icons |
| dmg | Electron; made on macOS alone | configuration; icon.icns |
| nsis | Electron, NSIS | configuration; icon.ico |
`;
}

const windowAt = process.argv.indexOf('--use-window');
try {
  if (windowAt > 0) console.log(await useWindow(process.argv[windowAt + 1] ?? ''));
  else {
    const platform = currentPlatform();
    if (platform === null) throw new Error('There is no package for this system.');
    await main(platform);
    if (!process.argv.includes('--no-docs'))
      writeFileSync(join(import.meta.dirname, '../../docs/package.md'), page(platform));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
