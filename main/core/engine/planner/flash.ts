/** What a plan takes of Flash, before its C is there: constants, code, and the driver with its tables. */
import type { KernelVariant } from '../kernels/kernel.ts';
import type { Network } from './network.ts';

/** The compiled driver. */
const DRIVER_CODE_BYTES = 620;

/** Rows of the driver's tables, as the C compiler lays them out; with offsets of four bytes in an arena beyond 64 kB. */
const TABLE_ROWS = {
  narrow: { operator: 24, place: 8, fill: 6 },
  wide: { operator: 28, place: 12, fill: 12 },
} as const;
const ACCESS_BYTES = 5;
/** Of the program, for each operator, where all are streamed. */
const PROGRAM_BYTES = 5;

/** From so many bytes on, offsets in the arena take four bytes. */
export const WIDE_ARENA = 65536;

const rowsFor = (arenaBytes: number): (typeof TABLE_ROWS)['narrow' | 'wide'] =>
  TABLE_ROWS[arenaBytes < WIDE_ARENA ? 'narrow' : 'wide'];

/** The driver without what each operator adds. */
export const driverBytes = (arenaBytes: number): number => DRIVER_CODE_BYTES + rowsFor(arenaBytes).place;

/** What an operator adds to the driver's tables. */
export function tableBytes({ inputs, outputs, inputLayouts }: KernelVariant, arenaBytes: number): number {
  const { operator, place, fill } = rowsFor(arenaBytes);
  const planar = inputLayouts.filter(({ kind }) => kind === 'planar').length;
  return operator + place + planar * fill + (inputs.length + outputs.length) * ACCESS_BYTES + PROGRAM_BYTES;
}

/** Names the rows of zero points of one value: all that read one share the longest. */
export const edgeName = (zeroPoint: number): string => `edge ${String(zeroPoint)}`;

/** Code of one name is there once, as long as the longest that is asked for. */
export function flashOf({ operators }: Network, arenaBytes: number): number {
  const code = new Map<string, number>();
  const add = (name: string, bytes: number): void => void code.set(name, Math.max(bytes, code.get(name) ?? 0));
  let total = driverBytes(arenaBytes);
  for (const { kernel } of operators) {
    total += kernel.constantBytes + tableBytes(kernel, arenaBytes);
    add(kernel.name, kernel.codeBytes);
    for (const { name, bytes } of kernel.sharedCode ?? []) add(name, bytes);
  }
  return [...code.values()].reduce((sum, bytes) => sum + bytes, total);
}
