/**
 * npm run bench:package [-- --full]: makes the portable package, unpacks its archive in an empty folder with spaces, quotes
 * and umlauts in its name, and uses it there with nothing but Node and coreutils on the PATH, and with no network at all
 * where this user may take it away. `--full` trains the demo's own epochs instead of half a minute. Writes docs/package.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Report } from '../../main/contract/index.ts';
import { folderBytes } from '../../native-toolchain/copying.ts';
import { currentPlatform } from '../../native-toolchain/manifest.ts';
import { makePortable } from '../../native-toolchain/packaging/makePortable.ts';
import { ensureToolBundle } from '../../native-toolchain/toolBundle.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { bareEnvironment, runToEnd, startServe, withoutNetwork } from '../support/bareMachine.ts';
import { connectTo } from '../support/serviceClient.ts';

const full = process.argv.includes('--full');
const platform = currentPlatform();
if (platform === null) throw new Error('There is no package for this system.');
const work = mkdtempSync(join(tmpdir(), 'mcunet-package-'));
const rows: [string, string][] = [];
const tell = (what: string, result: string): void => {
  rows.push([what, result]);
  console.error(`${what}: ${result}`);
};
const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

async function main(): Promise<void> {
  const made = join(work, 'mcunet-studio');
  await makePortable(made, await ensureToolBundle({ platform: platform!, from: 'system', say: console.error }));
  const toolchain = await folderBytes(join(made, 'toolchain'));
  const whole = await folderBytes(made);
  const archive = join(work, 'package.tar.xz');
  execFileSync('tar', ['-cJf', archive, '-C', dirname(made), basename(made)], {
    env: { ...process.env, XZ_OPT: '-T0 -6' },
  });
  tell('Unpacked', `${mib(whole)}, of which the tools ${mib(toolchain)}`);
  tell('Archive (tar.xz)', mib(statSync(archive).size));
  rmSync(made, { recursive: true });

  const there = join(work, `ein Ordner mit "Anführung", Umläuten & Leerzeichen`);
  mkdirSync(there);
  execFileSync('tar', ['-xJf', archive, '-C', there]);
  const env = { ...bareEnvironment(join(work, 'machine')), MCUNET_WORKSPACE: join(there, 'meine Läufe') };
  const isolated = withoutNetwork();
  tell('Network', isolated === null ? 'as it is (unshare is not permitted here)' : 'none but loopback (unshare --net)');
  const command = (...argv: string[]): string[] => [
    ...(isolated ?? []),
    join(there, 'mcunet-studio', 'bin', 'mcunet'),
    ...argv,
  ];

  const doctor = await runToEnd(command('doctor', '--json'), { env, cwd: there });
  const { findings } = JSON.parse(doctor.stdout) as { findings: { id: string; version: string; path: string }[] };
  for (const id of ['tool.arm-gcc', 'tool.openocd', 'tool.qemu']) {
    const found = findings.find((finding) => finding.id === id);
    const own = found?.path?.startsWith(join(there, 'mcunet-studio', 'toolchain')) === true;
    if (!own) throw new Error(`${id} is not the package's own: ${found?.path}`);
    tell(id.replace('tool.', ''), `${found.version}, the package's own`);
  }

  let since = performance.now();
  const out = join(there, 'Bericht der Vorführung');
  const demo = await runToEnd(command('demo', ...(full ? [] : ['--minutes', '0.5']), '--out', out, '--json'), {
    env,
    cwd: there,
    echo: true,
  });
  if (demo.exitCode !== 0) throw new Error(`demo: ${demo.stdout}`);
  const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
  const { evaluation } = report;
  const { agreement } = evaluation!;
  if (agreement === null || agreement.equal !== agreement.compared) throw new Error('the board did not agree');
  tell(
    full ? '`demo`' : '`demo --minutes 0.5`',
    `${seconds(since)}; ${(100 * evaluation!.accuracy).toFixed(1)} % of ${evaluation!.samples} on the board, ` +
      `${agreement.equal} of ${agreement.compared} answers equal the interpreter's in every byte`,
  );

  since = performance.now();
  const { child, url } = await startServe(command('serve', '--json'), { env, cwd: there });
  if (isolated !== null) await inTheNamespace(child.pid!, url);
  else await useWindow(url);
  child.kill('SIGINT');
  tell('`serve`', `page, service, a build and a profile through it: ${seconds(since)}`);
  if (process.argv.includes('--no-docs')) return;
  writeFileSync(join(import.meta.dirname, '../../docs/package.md'), page());
}

/** Asks for the window's page, and does a job through the service as the window would. */
async function useWindow(url: string): Promise<void> {
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
  const { network } = await client.call('system.info', {});
  if (network.foreign > 0) throw new Error(`the service asked for ${JSON.stringify(network.latest)}`);
  client.close();
}

/** The window must be on the same side of the wall: enters the network namespace of the service. */
async function inTheNamespace(pid: number, url: string): Promise<void> {
  const self = ['--import', 'tsx', import.meta.filename, '--use-window', url];
  const used = await runToEnd(['nsenter', '--net', '--target', String(pid), process.execPath, ...self], { echo: true });
  if (used.exitCode !== 0) throw new Error('the window did not work');
}

function page(): string {
  return `# The portable package, used

Made by \`npm run bench:package${full ? ' -- --full' : ''}\` on ${platform}, Node ${process.version}: the archive was unpacked in an empty folder with
spaces, quotes and umlauts in its name; the PATH held Node and coreutils, no compiler, no QEMU, no OpenOCD.

| what | result |
|---|---|
${rows.map(([what, result]) => `| ${what} | ${result} |`).join('\n')}
`;
}

const windowAt = process.argv.indexOf('--use-window');
try {
  if (windowAt > 0) await useWindow(process.argv[windowAt + 1] ?? '');
  else await main();
} finally {
  rmSync(work, { recursive: true, force: true });
}
