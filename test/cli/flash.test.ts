import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Console } from '../../main/cli/console.ts';
import { runCommandLine } from '../../main/cli/program.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { StLinkServer, VirtualChip, VirtualStLink, type ChipOptions } from '../support/virtualProbe/index.ts';

/** `mcunet flash`, with real OpenOCD and a virtual board behind a shared probe. */
describe.skipIf(!programOnPath('openocd'))('mcunet flash', () => {
  let chip: VirtualChip;
  let server: StLinkServer;
  let probe: string;

  async function plugIn(options: Partial<ChipOptions> = {}): Promise<void> {
    chip = new VirtualChip({ chip: 'stm32f401', ...options });
    const link = new VirtualStLink(chip);
    server = await StLinkServer.start([link]);
    probe = `stlink-server:${server.port}/${link.options.serial}`;
  }
  beforeEach(() => plugIn());
  afterEach(() => server.stop());

  it('writes, verifies and starts an image file', async () => {
    const file = imageFile(5000);
    const { exitCode, json } = await mcunet(['flash', '--board', 'nucleo-f401re', '--image', file, '--probe', probe]);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ board: 'nucleo-f401re', bytes: 5000, chip: { name: 'STM32F401RE' } });
    expect(chip.flash.cells[4999]).toBe(4999 & 0xff);
    expect(chip.resets).toBeGreaterThan(0);
  });

  it('refuses another chip by name', async () => {
    const { exitCode, json } = await mcunet([
      'flash',
      '--board',
      'nucleo-f446re',
      '--image',
      imageFile(100),
      '--probe',
      probe,
    ]);
    expect(exitCode).not.toBe(0);
    expect(json).toMatchObject({ error: { code: 'probe.wrong-chip' } });
    expect(chip.flash.erasedSectors).toBe(0);
  });

  it('names the file that is not there', async () => {
    const { json } = await mcunet(['flash', '--board', 'nucleo-f401re', '--image', '/nowhere/x.elf', '--probe', probe]);
    expect(json).toMatchObject({ error: { code: 'probe.image-unreadable' } });
  });

  describe('on a read-protected chip', () => {
    beforeEach(async () => {
      await server.stop();
      await plugIn({ readProtected: true });
      chip.flash.cells.fill(0x55);
    });

    it('explains the protection and erases nothing', async () => {
      const { json } = await mcunet(['flash', '--board', 'nucleo-f401re', '--image', imageFile(100), '--probe', probe]);
      expect(json).toMatchObject({ error: { code: 'probe.read-protected' } });
      expect(chip.flash.cells[0]).toBe(0x55);
    });

    it.each(['', 'yes', 'erase nucleo-f446re'])('does not unlock for "%s"', async (typed) => {
      const { json } = await mcunet(['flash', '--board', 'nucleo-f401re', `--unlock=${typed}`, '--probe', probe]);
      expect(json).toMatchObject({ error: { code: 'probe.not-confirmed' } });
      expect(chip.flash.cells[0]).toBe(0x55);
    });

    it('unlocks once the confirmation was typed, and then flashes', async () => {
      const image = ['--image', imageFile(100)];
      const unlock = ['--unlock=erase nucleo-f401re'];
      const { exitCode } = await mcunet(['flash', '--board', 'nucleo-f401re', ...unlock, ...image, '--probe', probe]);
      expect(exitCode).toBe(0);
      expect([...chip.flash.cells.subarray(98, 101)]).toEqual([98, 99, 0xff]);
    });
  });

  function imageFile(bytes: number): string {
    const file = join(temporaryFolder(), 'an image.bin');
    writeFileSync(
      file,
      Uint8Array.from({ length: bytes }, (_, at) => at),
    );
    return file;
  }
});

async function mcunet(argv: readonly string[]): Promise<{ exitCode: number; json: unknown }> {
  let out = '';
  const console: Console = {
    out: (text) => {
      out += text;
    },
    err: () => undefined,
    terminal: false,
    colour: false,
    columns: () => 80,
    signal: new AbortController().signal,
  };
  const exitCode = await runCommandLine([...argv, '--json'], console);
  return { exitCode, json: JSON.parse(out) };
}
