import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { DriveProbe } from '../../main/probes/index.ts';
import { VirtualDrive, type VirtualDriveOptions } from '../support/virtualProbe/index.ts';
import { describeProbe, errorOf, patternImage, type Bench, type BenchMaker } from './contract.ts';

/** Copying to a drive: a folder that behaves as a DAPLink's. */
function makeBench(
  boardId: string,
  over: Partial<VirtualDriveOptions> = {},
): Bench & { drive: VirtualDrive; probe: DriveProbe } {
  const board = findBoard(boardId);
  const flash = board.memory.find((region) => region.kind === 'flash');
  const folder = mkdtempSync(join(tmpdir(), 'mcunet drive é '));
  const drive = new VirtualDrive({
    folder,
    label: 'MICROBIT',
    mbedCode: board.mbedCodes[0] ?? '',
    flashStart: flash?.start ?? 0,
    flashBytes: flash?.sizeBytes ?? 0,
    ...over,
  });
  const probe = new DriveProbe({ board, find: () => drive.find(), remountMs: 3000 });
  return {
    drive,
    probe,
    flash: () => drive.flash,
    erasedSectors: () => null,
    starts: () => drive.flashed,
    unplugWhileWriting: null,
    loseTargetWhileWriting: null,
    plugIn: () => undefined,
    close: async () => {
      await probe.close();
      drive.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function bench(boardId: string, label: string): BenchMaker {
  return {
    name: `a drive to copy to, ${boardId}`,
    troubles: [],
    abortable: true,
    make: () => Promise.resolve(makeBench(boardId, { label })),
  };
}

describeProbe(bench('microbit-v2', 'MICROBIT'));
describeProbe(bench('nucleo-f446re', 'NODE_F446RE'));

describe('a drive that refuses', () => {
  it.each([
    ['user', /Build the image/],
    ['target', /powered/],
    ['transient', /again/],
    ['interface', /firmware/],
  ])('says what FAIL.TXT says, and what to do: %s', async (type, remedy) => {
    const made = makeBench('microbit-v2', { fails: { error: 'The interface firmware ABORTED programming.', type } });
    try {
      const error = await errorOf(made.probe.flash(patternImage(0, 5000)));
      expect(error.code).toBe('probe.drive-refused');
      expect(error.message).toContain('ABORTED programming');
      expect(error.remedy).toMatch(remedy);
    } finally {
      await made.close();
    }
  });

  it('is not written where its code is another board’s', async () => {
    const made = makeBench('microbit-v2', { mbedCode: '1102' });
    try {
      const error = await errorOf(made.probe.flash(patternImage(0, 5000)));
      expect(error.code).toBe('probe.wrong-chip');
      expect(error.message).toContain('1102');
      expect(made.drive.flashed).toBe(0);
    } finally {
      await made.close();
    }
  });

  it('is missed where it never comes back', async () => {
    const made = makeBench('microbit-v2', { neverComesBack: true });
    try {
      expect((await errorOf(made.probe.flash(patternImage(0, 5000)))).code).toBe('probe.unplugged');
    } finally {
      await made.close();
    }
  });

  it('is missed where it is not there', async () => {
    const probe = new DriveProbe({ board: findBoard('microbit-v2'), find: () => Promise.resolve(null) });
    expect((await errorOf(probe.flash(patternImage(0, 100)))).code).toBe('probe.not-found');
  });
});
