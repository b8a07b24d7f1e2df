/**
 * npm run bench:offline [-- --full]: the demo (half a minute of training; `--full`: its own epochs) and the window's tests in a
 * browser (every screen; `--full`: all of them) in a network namespace that holds loopback and nothing else. The kernel counts
 * the packets that anybody in it wanted to send elsewhere. Writes docs/offline.md; ends with 1 where something did not pass, or
 * wanted to get out.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool } from '../../native-toolchain/tools.mjs';
import { runToEnd, withoutNetwork } from '../support/bareMachine.ts';

const full = process.argv.includes('--full');
const root = join(import.meta.dirname, '../..');
const wall = withoutNetwork();
if (wall === null) throw new Error('This user may not make a network namespace (unshare --net): run it as root.');
const folder = mkdtempSync(join(tmpdir(), 'mcunet-offline-'));

interface Trial {
  readonly what: string;
  readonly command: readonly string[];
  /** Chromium looks for updates of its own; what the window asks for is counted by the browser tests themselves. */
  readonly ownPackets: boolean;
}

const demo = ['--import', 'tsx', 'main/cli/main.ts', 'demo', '--out', join(folder, 'demo'), '--json'];
const vitest = (folderOfTests: string): string[] => ['node_modules/vitest/vitest.mjs', 'run', folderOfTests];
const trials: Trial[] = [
  {
    what: full ? '`demo`' : '`demo --minutes 0.5`',
    command: full ? demo : [...demo, '--minutes', '0.5'],
    ownPackets: true,
  },
  { what: 'tests of `serve`', command: vitest('test/server'), ownPackets: true },
  { what: 'tests of the service', command: vitest('test/studio/service.test.ts'), ownPackets: true },
  ...(findTool('chromium') === null
    ? []
    : [
        {
          what: full ? 'all browser tests' : 'every screen of the window in a browser',
          command: vitest(full ? 'test/window' : 'test/window/window.test.ts'),
          ownPackets: false,
        },
      ]),
];

const rows: string[] = [];
let wrong = 0;
for (const { what, command, ownPackets } of trials) {
  const packets = join(folder, 'packets');
  const since = performance.now();
  const { exitCode, stdout } = await runToEnd([...wall, process.execPath, ...command], {
    cwd: root,
    env: { ...process.env, MCUNET_FOREIGN_PACKETS: packets },
    echo: true,
  });
  const foreign = Number(readFileSync(packets, 'utf8'));
  const passed = /Tests\s+.*?(\d+) passed/.exec(stdout.replaceAll(/\u001b\[\d+m/g, ''))?.[1];
  const ok = exitCode === 0 && (foreign === 0 || !ownPackets);
  if (!ok) wrong++;
  const result = ok ? (passed === undefined ? 'passed' : `${passed} passed`) : `FAILED (exit ${exitCode})`;
  const seen = ownPackets ? String(foreign) : `${foreign}, Chromium's own included`;
  rows.push(`| ${what} | ${result} | ${seen} | ${((performance.now() - since) / 1000).toFixed(0)} s |`);
  console.error(rows.at(-1));
}
rmSync(folder, { recursive: true, force: true });
writeFileSync(
  join(root, 'docs/offline.md'),
  `# Without a network

Made by \`npm run bench:offline${full ? ' -- --full' : ''}\`: everything below ran in a network namespace that holds loopback and nothing else
(\`unshare --net\`), so that no program, ours or one that we start, could reach another machine. The kernel counted the packets
that somebody wanted to send there (IPv4 and IPv6 packets without a route).

| what | result | packets for elsewhere | time |
|---|---|---|---|
${rows.join('\n')}

A short version is among the tests (\`test/offline.test.ts\`). In use, the app counts its own requests to anything but loopback
(\`main/processes/network.ts\`) and shows them in the window, in \`mcunet doctor\` and in \`system.info\`: there are none.
`,
);
process.exitCode = wrong === 0 ? 0 : 1;
