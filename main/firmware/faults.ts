import type { FaultRegisters } from '../link/index.ts';
import type { ElfImage } from '../toolchain/index.ts';

export interface FaultExplanation {
  /** One sentence. */
  readonly cause: string;
  /** The function in which it happened, and the one that had called it, where the image tells. */
  readonly functionName: string | null;
  readonly callerName: string | null;
  readonly operator: number | null;
}

/** Configurable Fault Status Register bits, most telling first. */
const causes: readonly (readonly [number, string])[] = [
  [1 << 20, 'the stack pointer left the stack (overflow)'],
  [1 << 12, 'the stack could not be written on the way into the fault: the stack overflowed'],
  [1 << 4, 'the stack could not be written on the way into the fault: the stack overflowed'],
  [1 << 25, 'a division by zero'],
  [1 << 24, 'an unaligned access'],
  [1 << 19, 'an instruction of an absent coprocessor: floating point on a chip without it'],
  [1 << 17, 'a jump to an address that is not Thumb code'],
  [1 << 16, 'an undefined instruction'],
  [1 << 9, 'an access to an address where there is no memory'],
  [1 << 10, 'a write to an address where there is no memory'],
  [1 << 8, 'a jump to an address where there is no memory'],
  [1 << 1, 'an access that the memory protection forbids'],
  [1 << 0, 'a jump to where code may not run'],
];

/** What a fault was, in words, with the image's own names. */
export function explainFault(registers: FaultRegisters, image: ElfImage | null): FaultExplanation {
  const cause = causes.find(([bit]) => (registers.cfsr & bit) !== 0)?.[1] ?? unnamed(registers);
  const address =
    registers.cfsr & 0x8000
      ? ` (address 0x${registers.bfar.toString(16).padStart(8, '0')})`
      : registers.cfsr & 0x80
        ? ` (address 0x${registers.mmfar.toString(16).padStart(8, '0')})`
        : '';
  return {
    cause: `${cause}${address}`,
    functionName: nameAt(image, registers.pc),
    callerName: nameAt(image, registers.lr),
    operator: registers.operator,
  };
}

/**
 * The end of a sentence that begins with "The firmware stopped": where, in which layer, and why.
 * @param operators the names of the model's operators, in the order of the profile
 */
export function describeFault(registers: FaultRegisters, image: ElfImage | null, operators: readonly string[]): string {
  const { cause, functionName, operator } = explainFault(registers, image);
  const place = functionName ?? `the code at 0x${registers.pc.toString(16).padStart(8, '0')}`;
  const layer = operator === null ? '' : `, while ${operators[operator] ?? `operator ${operator}`} ran`;
  return `in ${place}${layer}: ${cause}`;
}

const unnamed = ({ exception }: FaultRegisters): string =>
  exception >= 16 ? `interrupt ${exception - 16}, which nobody asked for` : `exception ${exception}`;

/** The name as it is in the C: gcc marks its own versions of a function (`increment.constprop.0`). */
const nameAt = (image: ElfImage | null, address: number): string | null =>
  image?.functionAt(address)?.name.replace(/\.(constprop|isra|part|cold).*$/, '') ?? null;
