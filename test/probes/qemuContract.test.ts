import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { openQemuProbe, startFirmware } from '../../main/probes/index.ts';
import { handModel } from '../firmware/handModel.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { codeOf, describeProbe, patternImage } from './contract.ts';

const board = findBoard('virtual-stm32f405');
const flashStart = 0x08000000;

describeProbe({
  name: 'QEMU',
  troubles: [],
  abortable: true,
  async make() {
    const probe = await openQemuProbe(board);
    return {
      probe,
      flash: () => probe.readMemory(flashStart, 160_000),
      erasedSectors: () => null,
      starts: () => null,
      unplugWhileWriting: null,
      loseTargetWhileWriting: null,
      plugIn: () => undefined,
      close: () => probe.close(),
    };
  },
});

describe('QEMU as a probe', () => {
  it('does not start what would lock the core up and take QEMU with it', async () => {
    const probe = await openQemuProbe(board);
    onTestFinished(() => probe.close());
    expect(await codeOf(probe.reset())).toBe('probe.no-program');
    await probe.flash(patternImage(flashStart, 1000));
    expect(await codeOf(probe.reset())).toBe('probe.no-program');
  });

  it('says that the core locked up when it did', async () => {
    const probe = await openQemuProbe(board);
    onTestFinished(() => probe.close());
    // Valid vectors, and at the entry an undefined instruction with no handler for the fault.
    const bytes = new Uint8Array(512);
    new DataView(bytes.buffer).setUint32(0, 0x20020000, true);
    new DataView(bytes.buffer).setUint32(4, flashStart + 0x101, true);
    new DataView(bytes.buffer).setUint16(0x100, 0xde00, true);
    await probe.flash({ file: 'lockup.bin', segments: [{ address: flashStart, bytes }] });
    // QEMU may be gone before it has answered.
    await probe.reset().catch((error: { code: string }) => expect(error.code).toBe('probe.lockup'));
    for (let tries = 0; tries < 100 && (await codeOfRead(probe)) === null; tries++) await sleep(20);
    expect(await codeOfRead(probe)).toBe('probe.lockup');
  });

  it('refuses a board that it does not emulate', async () => {
    expect(await codeOf(openQemuProbe(findBoard('nucleo-f446re')))).toBe('probe.not-virtual');
  });

  it('does not trust counts that are not what the board file says', async () => {
    const probes = board.probes.map((config) => ({ ...config, counterHz: 100_000_000 }));
    const image = await buildImage({ board, model: handModel(), outDir: temporaryFolder() });
    const probe = await openQemuProbe({ ...board, probes } as typeof board);
    onTestFinished(() => probe.close());
    expect(await codeOf(startFirmware(probe, image.flashImage))).toBe('probe.counts-otherwise');
  });

  it('refuses to believe that another image is the one that was flashed', async () => {
    const image = await buildImage({ board, model: handModel(), outDir: temporaryFolder() });
    const probe = await openQemuProbe(board);
    onTestFinished(() => probe.close());
    const buildId = '0123456789abcdef';
    expect(await codeOf(startFirmware(probe, image.flashImage, { buildId }))).toBe('probe.other-image');
  });

  it('switches the board off when it is closed', async () => {
    const probe = await openQemuProbe(board);
    await probe.close();
    expect(await codeOf(probe.identify())).toBe('probe.closed');
  });

  it('says what QEMU said when it does not start', async () => {
    const other = { ...board, probes: board.probes.map((probe) => ({ ...probe, machine: 'no-such-machine' })) };
    await expect(openQemuProbe(other as typeof board)).rejects.toMatchObject({
      code: 'probe.qemu-failed',
      message: expect.stringContaining('unsupported machine type') as string,
    });
  });

  it.skipIf(!existsSync('/proc/self'))('leaves no QEMU behind when its owner is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'owner-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const script = join(folder, 'owner.mts');
    const root = join(import.meta.dirname, '../..');
    const door = (module: string): string =>
      JSON.stringify(new URL(`../../main/${module}/index.ts`, import.meta.url).href);
    writeFileSync(
      script,
      `import { findBoard } from ${door('boards')};
       import { openQemuProbe } from ${door('probes')};
       const probe = await openQemuProbe(findBoard('virtual-mps2-m4'));
       console.log(await probe.serialPath());
       setInterval(() => {}, 1000);`,
    );
    const owner = spawn(process.execPath, ['--import', 'tsx', script], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(owner.stdout, 'data');
    const before = childrenOf(owner.pid ?? 0).filter(isQemu);
    expect(before).toHaveLength(1);
    owner.kill('SIGKILL');
    for (let tries = 0; tries < 200 && before.some(isQemu); tries++) await sleep(20);
    expect(before.filter(isQemu)).toEqual([]);
  });
});

async function codeOfRead(probe: Awaited<ReturnType<typeof openQemuProbe>>): Promise<string | null> {
  return probe.identify().then(
    () => null,
    (error: { code: string }) => error.code,
  );
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => Number(statusOf(pid).match(/^PPid:\s+(\d+)/m)?.[1]) === parent);
}

const isQemu = (pid: number): boolean =>
  /^Name:\s+qemu-system/m.test(statusOf(pid)) && !/^State:\s+Z/m.test(statusOf(pid));

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
