import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makePortable } from '../../native-toolchain/packaging/makePortable.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { bareEnvironment, runToEnd, startServe } from '../support/bareMachine.ts';
import { connectTo } from '../support/serviceClient.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/**
 * The portable package without its tools, which are slow to stage; `npm run bench:package` uses the whole of it, demo
 * included, and records what it found in docs/package.md.
 */
describe.skipIf(process.platform === 'win32')('the portable package, with only Node and coreutils on the PATH', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let program: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mcunet pörtable "folder" '));
    await makePortable(join(folder, 'mcunet'), null);
    env = {
      ...bareEnvironment(join(folder, 'machine')),
      MCUNET_WORKSPACE: join(folder, 'wörk space'),
      // This machine may have one where compilers usually are.
      MCUNET_ARM_GCC: join(folder, 'no compiler here'),
    };
    program = join(folder, 'mcunet', 'bin', 'mcunet');
    mkdirSync(join(folder, 'elsewhere'));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const mcunet = async (...argv: string[]): Promise<unknown> => {
    const { stdout, stderr } = await runToEnd([program, ...argv, '--json'], { env, cwd: join(folder, 'elsewhere') });
    expect(stderr).not.toContain('Error');
    return JSON.parse(stdout);
  };

  it('says which tools are missing, and what to do', async () => {
    const { findings } = (await mcunet('doctor')) as { findings: { id: string; state: string; remedy: string }[] };
    expect(findings.find(({ id }) => id === 'tool.arm-gcc')).toMatchObject({ state: 'missing' });
    expect(findings.find(({ id }) => id === 'network')).toMatchObject({ state: 'ok' });
  });

  it('reads models and runs them', async () => {
    expect(await mcunet('inspect', tinyClassifier(temporaryFolder()))).toMatchObject({ macs: 48 });
  });

  it('serves the window and its service, and asks nobody else for anything', async () => {
    const { child, url } = await startServe([program, 'serve', '--json'], { env, cwd: join(folder, 'elsewhere') });
    const closed = once(child, 'close');
    try {
      const page = await (await fetch(url)).text();
      const script = /src="\.?\/?(assets\/[^"]+\.js)"/.exec(page)?.[1] ?? 'none';
      expect((await fetch(new URL(script, url))).status).toBe(200);
      const client = await connectTo(url);
      const report = await client.call('datasets.inspect', {
        spec: 'generated:road-signs?size=32&train=40&validation=16&test=16',
      });
      expect(report.classes).toHaveLength(16);
      expect(await client.call('system.info', {})).toMatchObject({
        workspace: join(folder, 'wörk space'),
        network: { foreign: 0 },
      });
      client.close();
    } finally {
      child.kill('SIGINT');
    }
    expect((await closed)[0]).toBe(0);
  });
});
