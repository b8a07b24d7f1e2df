import type { Board, PluggedProbe } from '../boards/index.ts';
import { idRegisters } from './chipFacts.ts';
import { MemoryFault, StLink } from './stlink/stlink.ts';
import type { UsbPipe } from './stlink/usbPipe.ts';
import { openStLink } from './usbDevices.ts';

/**
 * Narrows the boards that a plugged-in ST-Link may be, by asking the chip behind it who it is; nothing is stopped or reset.
 * Where that is not possible (another program holds the probe, the chip has no power), all that were possible remain.
 */
export async function identifyPlugged(
  plugged: PluggedProbe,
  boards: readonly Board[],
  open: (serial: string) => Promise<UsbPipe> = openStLink,
): Promise<readonly string[]> {
  const { serial } = plugged;
  if (plugged.certain || plugged.kind !== 'stlink' || plugged.problem !== null || serial === null)
    return plugged.boards;
  try {
    const answers = await readIds(await open(serial));
    const same = boards.filter(
      ({ chip }) => chip !== null && ((answers.get(chip.idRegister) ?? 0) & chip.idMask) >>> 0 === chip.id,
    );
    const narrowed = plugged.boards.filter((id) => same.some((board) => board.id === id));
    return narrowed.length > 0 ? narrowed : plugged.boards;
  } catch {
    // Who it is stays open; whoever then flashes it is told what is wrong.
    return plugged.boards;
  }
}

/** What each id register answers; those that do not are left out. */
async function readIds(pipe: UsbPipe): Promise<Map<number, number>> {
  const link = new StLink(pipe);
  const answers = new Map<number, number>();
  try {
    await link.enterDebug();
    for (const register of idRegisters) {
      try {
        answers.set(register, await link.readWord(register));
      } catch (error) {
        if (!(error instanceof MemoryFault)) throw error;
      }
    }
    await link.exitDebug();
  } finally {
    await pipe.close();
  }
  return answers;
}
