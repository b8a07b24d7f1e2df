import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tinyClassifier } from './cli/commandLine.ts';
import { runToEnd, withoutNetwork, type Finished } from './support/bareMachine.ts';
import { programOnPath } from './support/programs.ts';
import { temporaryFolder } from './support/temporaryFolder.ts';

const wall = withoutNetwork();
const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');
const main = join(import.meta.dirname, '../main/cli/main.ts');

/** Runs a program behind the wall, and says how many packets it and its children wanted to send beyond. */
async function behindTheWall(...command: string[]): Promise<Finished & { foreignPackets: number }> {
  const file = join(temporaryFolder(), 'packets');
  const finished = await runToEnd([...(wall ?? []), ...command], {
    env: { ...process.env, MCUNET_FOREIGN_PACKETS: file },
  });
  return { ...finished, foreignPackets: existsSync(file) ? Number(readFileSync(file, 'utf8')) : NaN };
}

/**
 * In a network namespace of its own that holds loopback and nothing else (`unshare --net`, where this user may). The whole
 * demo and the browser tests are run so by `npm run bench:offline`.
 */
describe.skipIf(wall === null)('without any network', () => {
  it('every attempt to get out is seen, whoever makes it', async () => {
    const attempt = `require('net').connect(80, '192.0.2.1').on('error', () => {})`;
    const child = `require('child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(attempt)}])`;
    expect((await behindTheWall(process.execPath, '-e', child)).foreignPackets).toBe(1);
  });

  it.skipIf(!hasBoard)(
    'a model goes from its file to the board’s answers on a dataset, and nothing tries to get out',
    async () => {
      const folder = temporaryFolder();
      const { exitCode, stdout, stderr, foreignPackets } = await behindTheWall(
        ...[process.execPath, '--import', 'tsx', main, 'evaluate', tinyClassifier(folder), '--json'],
        ...['--board', 'virtual-stm32f405', '--out', join(folder, 'run')],
        ...['--dataset', 'generated:road-signs?size=32&train=16&validation=16&test=16'],
      );
      expect(exitCode, stderr + stdout).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ evaluation: { agreement: { compared: 16, equal: 16 } } });
      expect(foreignPackets).toBe(0);
    },
    180_000,
  );
});
