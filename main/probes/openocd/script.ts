import type { Board } from '../../boards/index.ts';
import { idRegisters, protectionByteOf } from '../chipFacts.ts';
import type { Slice } from '../image.ts';
import { nrf53Procedures, nrf53Write } from './nrf53.ts';

/**
 * OpenOCD scripts (Jim Tcl). Nothing that a user typed gets into one: numbers are printed in hexadecimal, files are named by
 * us and found in the working folder, so that no path has to be quoted.
 */

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

/** Reads identification and protection without stopping the firmware. Registers that do not answer stay unsaid. */
export function identifyScript(board: Board): string {
  return [...readings(board), 'shutdown', ''].join('\n');
}

/**
 * Identifies, refuses what is not the board's chip or is protected, then erases, writes and verifies slice after slice and starts the firmware.
 * Each step says `mcunet …`, which is what progress is made of.
 */
export function flashScript(board: Board, slices: readonly Slice[]): string {
  const lines = [...readings(board)];
  if (board.chip !== null) {
    const { id, idMask, idRegister } = board.chip;
    lines.push(
      `if {![info exists word(${hex(idRegister)})] || ($word(${hex(idRegister)}) & ${hex(idMask)}) != ${hex(id)}} {`,
      '  echo "mcunet refused wrong-chip"; shutdown error; return',
      '}',
    );
  }
  const protection = protectionByteOf(board);
  if (protection !== null) {
    lines.push(
      `if {(($word(protection) >> ${protection.shift}) & 0xff) != 0xaa} {`,
      '  echo "mcunet refused read-protected"; shutdown error; return',
      '}',
    );
  }
  lines.push('reset init');
  const byScript = board.flash?.controller === 'nrf53';
  if (byScript) lines.push(nrf53Procedures);
  slices.forEach((slice, at) => {
    const write = byScript
      ? nrf53Write(slice, sliceFile(at))
      : [`flash write_image erase ${sliceFile(at)} ${hex(slice.address)} bin`];
    lines.push(...write, `echo "mcunet written ${at}"`);
  });
  slices.forEach((slice, at) => {
    lines.push(`verify_image ${sliceFile(at)} ${hex(slice.address)} bin`, `echo "mcunet verified ${at}"`);
  });
  return [...lines, 'reset run', 'echo "mcunet done 1"', 'shutdown', ''].join('\n');
}

export const resetScript = ['init', 'reset run', 'echo "mcunet done 1"', 'shutdown', ''].join('\n');

/** Erases everything and lifts readout protection: what a typed confirmation allows. */
export function unlockScript(board: Board): string {
  const driver = unlockCommands.get(board.flash?.controller ?? '') ?? [];
  // A locked nRF cannot be halted: its control port is all that answers.
  const commands = isNordic(board) ? ['init', ...driver] : ['init', 'reset halt', ...driver, 'reset halt'];
  return [...commands, 'echo "mcunet done 1"', 'shutdown', ''].join('\n');
}

export const isNordic = (board: Board): boolean => board.flash?.controller.startsWith('nrf') === true;

/** OpenOCD's words for lifting readout protection (OpenOCD user's guide, Flash driver list). */
const unlockCommands: ReadonlyMap<string, readonly string[]> = new Map([
  ['stm32f4', ['stm32f2x unlock 0']],
  ['stm32f7', ['stm32f2x unlock 0']],
  ['stm32l4', ['stm32l4x unlock 0', 'stm32l4x option_load 0']],
  ['stm32g4', ['stm32l4x unlock 0', 'stm32l4x option_load 0']],
  ['stm32u5', ['stm32l4x unlock 0', 'stm32l4x option_load 0']],
  ['stm32h7', ['stm32h7x unlock 0']],
  ['nrf52', ['nrf52_recover']],
]);

export function canUnlock(board: Board): boolean {
  return unlockCommands.has(board.flash?.controller ?? '');
}

export const sliceFile = (index: number): string => `slice-${index}.bin`;

function readings(board: Board): string[] {
  const registers = [...new Set([...(board.chip === null ? [] : [board.chip.idRegister]), ...idRegisters])];
  const own = board.chip?.idRegister;
  const read = (register: number, name: string): string =>
    `if {![catch {read_memory ${hex(register)} 32 1} value]} { set word(${name}) $value; echo "mcunet word-${name} $value" }`;
  const lines = ['init'];
  for (const register of registers) {
    // The board's own register decides; the others are asked only to give a wrong chip its name.
    const line = read(register, hex(register));
    const strange = own !== undefined && register !== own;
    lines.push(strange ? `if {![info exists word(${hex(own)})]} { ${line} }` : line);
  }
  const sizeRegister = board.chip?.flashSizeRegister ?? null;
  if (sizeRegister !== null) lines.push(read(sizeRegister & ~3, 'size'));
  const protection = protectionByteOf(board);
  if (protection !== null) lines.push(read(protection.register, 'protection'));
  return lines;
}
