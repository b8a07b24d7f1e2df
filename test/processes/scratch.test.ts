import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { removeStaleScratch, withScratch } from '../../main/processes/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

function ownTemporaryFiles(): string {
  const folder = temporaryFolder();
  vi.stubEnv('TMPDIR', folder);
  vi.stubEnv('TEMP', folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  return folder;
}

/** A process that works in a scratch folder until it is ended from outside. */
async function worker(): Promise<{ readonly folder: string; end(signal: NodeJS.Signals): Promise<void> }> {
  const module = pathToFileURL(join(import.meta.dirname, '../../main/processes/scratch.ts')).href;
  const source = `import { withScratch } from ${JSON.stringify(module)};
    await withScratch('build', async (folder) => { console.log(folder); setInterval(() => {}, 1000); await new Promise(() => {}); });`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return {
    folder: line.toString().trim(),
    async end(signal) {
      child.kill(signal);
      await once(child, 'close');
    },
  };
}

describe('a scratch folder', () => {
  it('is there while the work lasts, whether that ends well or not', async () => {
    const place = ownTemporaryFiles();
    await withScratch('build', (folder) => {
      expect(readdirSync(place)).toEqual([basename(folder)]);
      return Promise.resolve();
    });
    await expect(withScratch('build', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(place)).toEqual([]);
  });

  it('that a killed process left is removed at the next start; one that is worked in is not', async () => {
    ownTemporaryFiles();
    const [killed, living] = [await worker(), await worker()];
    writeFileSync(join(killed.folder, 'half.o'), 'half');
    expect(removeStaleScratch()).toEqual([]);
    await killed.end('SIGKILL');
    expect(existsSync(killed.folder)).toBe(true);
    expect(removeStaleScratch()).toEqual([basename(killed.folder)]);
    expect(existsSync(killed.folder)).toBe(false);
    expect(existsSync(living.folder)).toBe(true);
  });

  it('is told from what others keep there, and a link is removed without what it leads to', () => {
    const place = ownTemporaryFiles();
    const precious = join(temporaryFolder(), 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'kept');
    for (const name of ['mcunet-notes', 'mcunet-build-1-2-x', 'mcunet-build-999-4194399-1-abcdef'])
      mkdirSync(join(place, name));
    expect(removeStaleScratch()).toEqual([]);
    if (process.platform !== 'linux') return;
    // Nobody has this number: it is beyond the largest that Linux gives out (proc(5), pid_max).
    const space = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0];
    symlinkSync(precious, join(place, `mcunet-build-${space}-4194399-1-abcdef`));
    expect(removeStaleScratch()).toHaveLength(1);
    expect(existsSync(join(precious, 'file'))).toBe(true);
  });
});
