import { describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { BossaProbe, type BossaPorts } from '../../main/probes/index.ts';
import { VirtualBootloader, type VirtualBootloaderOptions } from '../support/virtualProbe/index.ts';
import { describeProbe, errorOf, patternImage, type BenchMaker } from './contract.ts';

/** Arduino's bootloader: asked for by a touch at 1200 baud, written through SAM-BA. */
const start = 0x10000;

function arduino(options: Partial<VirtualBootloaderOptions> = {}, obeys = true) {
  const bootloader = new VirtualBootloader(options);
  let touched = 0;
  const ports: BossaPorts = {
    sketch: () => Promise.resolve('/dev/ttyACM0'),
    bootloader: () => Promise.resolve(touched > 0 && obeys ? '/dev/ttyACM1' : null),
    touch: () => Promise.resolve(void touched++),
    open: () => Promise.resolve(bootloader),
  };
  const probe = new BossaProbe({ board: findBoard('nano33ble'), serial: 'A1', ports, bootloaderMs: 300 });
  return { probe, bootloader, touches: () => touched };
}

const bench: BenchMaker = {
  name: "Arduino's bootloader",
  troubles: ['bad-cell'],
  abortable: true,
  make: (trouble) => {
    const { probe, bootloader } = arduino(trouble === 'bad-cell' ? { badCell: 5 } : {});
    return Promise.resolve({
      probe,
      flash: () => bootloader.flash,
      erasedSectors: () => bootloader.erases,
      starts: () => bootloader.resets,
      loseTargetWhileWriting: null,
      unplugWhileWriting: () => (bootloader.unplugAfterPages = 5),
      plugIn: () => undefined,
      close: () => probe.close(),
    });
  },
};
describeProbe(bench);

describe("Arduino's bootloader", () => {
  it('is asked for once, and found already running the second time', async () => {
    const { probe, touches } = arduino();
    await probe.flash(patternImage(start, 10_000));
    await probe.flash(patternImage(start, 10_000));
    expect(touches()).toBe(1);
  });

  it('on another chip is refused by name before anything is erased', async () => {
    const { probe, bootloader } = arduino({ chip: 'nRF52833-QIAA' });
    const error = await errorOf(probe.flash(patternImage(start, 10_000)));
    expect(error.code).toBe('probe.wrong-chip');
    expect(error.message).toContain('nRF52833');
    expect(bootloader.erases).toBe(0);
  });

  it('that lacks a command is named as too old', async () => {
    const { probe } = arduino({ features: 'XY' });
    expect((await errorOf(probe.flash(patternImage(start, 100)))).code).toBe('probe.unsupported');
  });

  it('that does not come tells which button to press', async () => {
    const { probe } = arduino({}, false);
    expect((await errorOf(probe.flash(patternImage(start, 100)))).remedy).toContain('twice');
  });
});
