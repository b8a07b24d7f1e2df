import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runProcess } from '../../main/processes/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = join(import.meta.dirname, '../..');
const setup = (...args: string[]): ReturnType<typeof runProcess> =>
  runProcess(process.execPath, [join(root, 'native-toolchain', 'setup.mjs'), ...args]);

/** Calls a function of the set-up in a Node without loaders, as a fresh clone has it. */
async function call(module: string, expression: string): Promise<unknown> {
  const url = new URL(`../../native-toolchain/${module}.mjs`, import.meta.url).href;
  const source = `import * as m from ${JSON.stringify(url)}; console.log(JSON.stringify(${expression}));`;
  const { stdout, stderr } = await runProcess(process.execPath, ['--input-type=module', '-e', source]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
}

function project(wanted: Record<string, object>, installed: Record<string, object> | null): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...wanted } }));
  if (installed !== null) {
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }));
  }
  return folder;
}

describe('the set-up', () => {
  it('has nothing to do the second time, and says nothing', async () => {
    expect((await setup('--for', 'build')).exitCode).toBe(0);
    expect(await setup('--for', 'build')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
  });

  it.skipIf(process.platform === 'win32')(
    'finds the system’s programs though the PATH leads to Node alone, and leaves the user’s own first',
    async () => {
      const bin = temporaryFolder();
      symlinkSync(process.execPath, join(bin, 'node'));
      const { exitCode, stdout, stderr } = await runProcess(
        join(bin, 'node'),
        [join(root, 'native-toolchain', 'setup.mjs'), '--for', 'build', '--', 'doctor', '--json'],
        { env: { PATH: bin } },
      );
      expect(exitCode, stderr).toBe(0);
      const { findings } = JSON.parse(stdout) as { findings: { id: string; state: string }[] };
      expect(findings.find(({ id }) => id === 'tool.arm-gcc')).toMatchObject({ state: 'ok' });
      const path = String(await call('tools', 'm.wholePath("/mine:/bin::/mine")')).split(delimiter);
      expect(path.slice(0, 2)).toEqual(['/mine', '/bin']);
      expect(path.filter((folder) => folder === '/bin' || folder === '')).toHaveLength(1);
    },
  );

  it('refuses a purpose that it does not know', async () => {
    const { exitCode, stderr } = await setup('--for', 'fun');
    expect(exitCode).toBe(1);
    expect(stderr).toBe('setup: --for takes one of demo, build, test, not fun\n');
  });

  it('hands a command on, and its exit code back', async () => {
    const { exitCode, stdout } = await setup('--for', 'build', '--', 'boards', '--json');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('virtual-stm32f405');
    expect((await setup('--for', 'build', '--', 'no-such-command')).exitCode).not.toBe(0);
  });

  it('finds packages that are missing or of another version, and never asks for optional ones', async () => {
    const wanted = {
      'node_modules/kept': { version: '1.0.0' },
      'node_modules/older': { version: '2.0.0' },
      'node_modules/missing': { version: '1.0.0' },
      'node_modules/optional': { version: '1.0.0', optional: true },
    };
    const installed = { 'node_modules/kept': { version: '1.0.0' }, 'node_modules/older': { version: '1.9.9' } };
    const folder = JSON.stringify(project(wanted, installed));
    expect(await call('npmPackages', `m.outdatedPackages(${folder})`)).toEqual(['older', 'missing']);
  });

  it('finds every package missing in a fresh clone', async () => {
    const folder = JSON.stringify(project({ 'node_modules/one': { version: '1.0.0' } }, null));
    expect(await call('npmPackages', `m.outdatedPackages(${folder})`)).toEqual(['one']);
  });

  it('leaves packages alone that somebody linked', async () => {
    const folder = project({ 'node_modules/one': { version: '1.0.0' } }, null);
    const elsewhere = temporaryFolder();
    symlinkSync(elsewhere, join(folder, 'node_modules'), 'dir');
    expect(await call('npmPackages', `m.installPackages(${JSON.stringify(folder)}, () => {})`)).toBeNull();
  });

  it.skipIf(process.platform === 'win32')(
    'takes the program with it that it runs, even when it is killed',
    async () => {
      const orphan = new URL('../../native-toolchain/orphan.mjs', import.meta.url).href;
      const source = `const child = require('child_process').spawn(process.execPath,
      ['--import', ${JSON.stringify(orphan)}, '-e', 'console.log(process.pid); setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      setInterval(() => {}, 1000);`;
      const parent = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'pipe', 'inherit'] });
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      // The watch begins with the program.
      await sleep(300);
      parent.kill('SIGKILL');
      const isAlive = (): boolean => {
        try {
          return process.kill(Number(line.toString()), 0);
        } catch {
          return false;
        }
      };
      for (let tries = 0; tries < 400 && isAlive(); tries++) await sleep(25);
      expect(isAlive()).toBe(false);
    },
  );

  it('names the exact download, with its checksum, where there are no Debian packages', async () => {
    const advice = String(await call('tools', 'm.downloadAdvice("arm-gcc")'));
    expect(advice).toMatch(/download https:\/\/\S+arm-none-eabi-gcc\S+ \(SHA-256 [0-9a-f]{64}\) and unpack it below /);
  });
});
