import type { Board } from '../boards/index.ts';
import { notProtected, probeUnsupported, readProtected, wrongChip } from './errors.ts';
import { chipName } from './chipNames.ts';
import type { ChipIdentity } from './probe.ts';

type Controller = NonNullable<Board['flash']>['controller'];

/** Where a Flash controller keeps its readout protection byte. */
interface ProtectionByte {
  readonly register: number;
  readonly shift: number;
}

/**
 * Readout protection of the ST controllers: 0xAA is level 0, 0xCC level 2, all else level 1. FLASH_OPTCR (RM0090
 * §3.9.10, RM0385 §3.7.7), FLASH_OPTR (RM0351 §3.7.8, RM0440 §3.7.8, RM0456 §7.9.16), FLASH_OPTSR_CUR (RM0433 §4.9.8).
 * The nRF chips keep theirs behind a debug port of its own.
 */
const protectionBytes: ReadonlyMap<Controller, ProtectionByte> = new Map([
  ['stm32f4', { register: 0x40023c14, shift: 8 }],
  ['stm32f7', { register: 0x40023c14, shift: 8 }],
  ['stm32l4', { register: 0x40022020, shift: 0 }],
  ['stm32g4', { register: 0x40022020, shift: 0 }],
  ['stm32h7', { register: 0x5200201c, shift: 8 }],
  ['stm32u5', { register: 0x40022040, shift: 0 }],
]);

export function protectionByteOf(board: Board): ProtectionByte | null {
  return board.flash === undefined ? null : (protectionBytes.get(board.flash.controller) ?? null);
}

/** Registers in which the chips that we know of keep their id; tried in turn where the board's own does not answer. */
export const idRegisters: readonly number[] = [0xe0042000, 0x5c001000, 0xe0044000, 0x40015800, 0x10000100];

/** What was read from a chip before anything is done to it; null where there was no answer. */
export interface ChipReadings {
  readonly idRegister: number | null;
  readonly idWord: number | null;
  readonly flashSizeWord: number | null;
  readonly protectionWord: number | null;
  readonly volts: number | null;
}

/** Level 0 (open), 1 (erasing all unlocks), 2 (for ever). */
export function protectionLevel(board: Board, word: number | null): 0 | 1 | 2 | null {
  const place = protectionByteOf(board);
  if (place === null || word === null) return null;
  const byte = (word >>> place.shift) & 0xff;
  return byte === 0xaa ? 0 : byte === 0xcc ? 2 : 1;
}

export function identityOf(board: Board, readings: ChipReadings): ChipIdentity {
  const own = readings.idRegister === board.chip?.idRegister;
  const mask = own ? (board.chip?.idMask ?? 0xfff) : readings.idRegister === 0x10000100 ? 0xffffffff : 0xfff;
  const id = readings.idWord === null ? null : (readings.idWord & mask) >>> 0;
  const level = protectionLevel(board, readings.protectionWord);
  return {
    id,
    name: id === null ? 'a chip that does not say what it is' : board.chip?.id === id ? board.mcu : chipName(id),
    flashBytes: readings.flashSizeWord === null ? null : flashKib(board, readings.flashSizeWord) * 1024,
    targetVolts: readings.volts,
    protection: level === null ? 'unknown' : level === 0 ? 'none' : 'read',
  };
}

/**
 * Refuses, before anything is erased, a chip that is not the board's and one that is read-protected.
 * @throws StudioError `probe.wrong-chip`, `probe.read-protected`
 */
export function assertFlashable(board: Board, readings: ChipReadings): ChipIdentity {
  const identity = identityOf(board, readings);
  if (board.chip !== null && identity.id !== board.chip.id) {
    throw wrongChip(board, identity.name, { id: identity.id, register: readings.idRegister });
  }
  const level = protectionLevel(board, readings.protectionWord);
  if (level === 1 || level === 2) throw readProtected(level === 2, { word: readings.protectionWord });
  return identity;
}

/**
 * Refuses, before everything is erased to unlock it, a chip that is not the board's, and one that is not locked or is for ever.
 * @throws StudioError `probe.wrong-chip`, `probe.read-protected` (level 2), `probe.not-protected`, `probe.unsupported`
 */
export function assertUnlockable(board: Board, readings: ChipReadings): void {
  const identity = identityOf(board, readings);
  if (board.chip !== null && identity.id !== board.chip.id) {
    throw wrongChip(board, identity.name, { id: identity.id, register: readings.idRegister });
  }
  const level = protectionLevel(board, readings.protectionWord);
  // An nRF that answers at all is not locked.
  if (level === 0 || (level === null && protectionByteOf(board) === null)) throw notProtected(board);
  if (level === null) {
    throw probeUnsupported(
      `How ${board.mcu} is protected cannot be read.`,
      "Use the chip maker's tool (nrfjprog --recover, STM32CubeProgrammer).",
    );
  }
  if (level === 2) throw readProtected(true, { word: readings.protectionWord });
}

/** The size register is a halfword on an STM32 and a word on an nRF. */
function flashKib(board: Board, word: number): number {
  const register = board.chip?.flashSizeRegister ?? 0;
  if (!board.family.startsWith('stm32')) return word;
  return (word >>> (register & 2 ? 16 : 0)) & 0xffff;
}
