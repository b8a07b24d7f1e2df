/**
 * What instructions take in Flash. Thumb-2 encodes each in two bytes or in four; the assembler takes the short form where
 * there is one (ARMv7-M Architecture Reference Manual, chapter A7), so the planner can know a function's size without it.
 */
import type { Instructions } from './assembly.ts';

const [NARROW, WIDE] = [2, 4];

const isLow = (register: string | undefined): boolean => /^r[0-7]$/.test(register ?? '');

/** The bytes of one instruction outside an IT block, without a suffix that asks for a size, its target near. */
function narrowest(mnemonic: string, operands: readonly string[]): number {
  const [first = '', second = '', third] = operands;
  const short = (is: boolean): number => (is ? NARROW : WIDE);
  const value = (text: string | undefined): number => Number((text ?? '#0').slice(1));
  switch (mnemonic) {
    case 'b':
    case 'bx':
    case 'it':
    case 'nop':
      return NARROW;
    case 'mov':
      return short(operands.length === 2 && !second.startsWith('#'));
    case 'movs':
      return short(isLow(first) && (isLow(second) || value(second) < 256));
    case 'cmp':
      return short(!second.startsWith('#') || (isLow(first) && value(second) >= 0 && value(second) < 256));
    case 'sxtb':
      return short(operands.length === 2 && isLow(first) && isLow(second));
    case 'add':
      if (operands.length > 3) return WIDE;
      if (third?.startsWith('#') !== true) return short(third === undefined || first === second || first === third);
      return short(second === 'sp' && (first === 'sp' || isLow(first)));
    case 'sub':
      return short(first === 'sp' && second === 'sp');
    case 'adds':
    case 'subs':
      if (!isLow(first) || !isLow(second) || operands.length > 3) return WIDE;
      if (third?.startsWith('#') !== true) return short(isLow(third ?? second));
      return short(value(third) < (first === second ? 256 : 8));
    default:
      return WIDE;
  }
}

/** LDR, STR and STRB with an immediate offset; everything else at an address is long. */
function accessBytes(mnemonic: string, register: string, address: string): number {
  const match = /^\[(\w+)(?:, #(-?\d+))?\]$/.exec(address);
  if (match === null || !isLow(register)) return WIDE;
  const [, base = '', offset = '0'] = match;
  const at = Number(offset);
  if (mnemonic === 'strb') return isLow(base) && at >= 0 && at < 32 ? NARROW : WIDE;
  if (mnemonic !== 'ldr' && mnemonic !== 'str') return WIDE;
  const most = base === 'sp' ? 1020 : isLow(base) ? 124 : -1;
  return at >= 0 && at <= most && at % 4 === 0 ? NARROW : WIDE;
}

/** LDM, STM, PUSH and POP: short where all registers are low (and PUSH's LR, POP's PC). */
function listBytes(mnemonic: string, text: string): number {
  const list = text.slice(text.indexOf('{') + 1, text.indexOf('}')).split(/,\s*/);
  const ends = list.flatMap((part) => part.split('-'));
  if (mnemonic === 'push') return ends.every((register) => isLow(register) || register === 'lr') ? NARROW : WIDE;
  if (mnemonic === 'pop') return ends.every((register) => isLow(register) || register === 'pc') ? NARROW : WIDE;
  const [base = ''] = text.split(/[!,]/);
  return isLow(base) && ends.every(isLow) ? NARROW : WIDE;
}

const CONDITIONAL_BRANCH = /^b(eq|ne|hs|lo|hi|ls|ge|lt|gt|le|mi|pl)$/;

/** Thumb-2 bytes of one instruction of our kernels. */
export function instructionBytes(line: string): number {
  const instruction = line.trim();
  if (instruction === '' || instruction.endsWith(':') || instruction.startsWith('@')) return 0;
  const space = instruction.indexOf(' ');
  const mnemonic = space < 0 ? instruction : instruction.slice(0, space);
  const rest = space < 0 ? '' : instruction.slice(space + 1);
  if (mnemonic.endsWith('.w')) return WIDE;
  if (CONDITIONAL_BRANCH.test(mnemonic)) return NARROW;
  if (rest.includes('{')) return listBytes(mnemonic, rest);
  const bracket = rest.indexOf('[');
  if (bracket >= 0) return accessBytes(mnemonic, rest.slice(0, rest.indexOf(',')), rest.slice(bracket));
  return narrowest(mnemonic, rest.split(/,\s*/));
}

const known = new Map<string, number>();
const MOST_KNOWN = 20_000;

/** The number that belongs to a key, made once: costs of kernels are asked for far more often than they differ. */
export function remembered(key: string, make: () => number): number {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(key, made);
  return made;
}

/** What the linker gives a function: its instructions, and what aligns the next one. */
export function functionBytes(instructions: Instructions): number {
  return (instructions.reduce((sum, line) => sum + instructionBytes(line), 0) + 3) & ~3;
}
