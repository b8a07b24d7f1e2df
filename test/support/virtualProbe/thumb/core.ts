import { BusFault, type Bus } from '../bus.ts';
import { executeNarrow } from './narrow.ts';
import { executeWide } from './wide.ts';

/** What stopped an instruction: a breakpoint, or an encoding that this interpreter does not know. */
export type Stop = 'breakpoint' | 'undefined';

/** Shift types as the architecture numbers them. */
export const shiftType = { left: 0, logicalRight: 1, arithmeticRight: 2, rotate: 3 } as const;

/**
 * An interpreter of the ARMv7-M integer instructions (Arm DDI 0403E, chapter A7) that Flash loaders, checksum stubs and
 * our own loaders use: no floating point, no DSP, no exceptions. It exists so that a probe's real loader really runs
 * against a virtual Flash controller.
 */
export class ThumbCore {
  readonly registers = new Uint32Array(16);
  negative = 0;
  zero = 0;
  carry = 0;
  overflow = 0;
  /** ITSTATE: condition and mask of the if-then block that is being executed; 0 outside. */
  itState = 0;
  steps = 0;
  /** Address of the instruction that follows, unless this one branches. */
  next = 0;
  /** PRIMASK: 1 keeps interrupts waiting. */
  primask = 0;
  /** Told that the core sleeps until something happens (WFI). */
  onWait: () => void = () => undefined;

  readonly bus: Bus;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  get xpsr(): number {
    const flags = (this.negative << 31) | (this.zero << 30) | (this.carry << 29) | (this.overflow << 28);
    return (flags | 0x01000000) >>> 0;
  }

  set xpsr(value: number) {
    this.negative = (value >>> 31) & 1;
    this.zero = (value >>> 30) & 1;
    this.carry = (value >>> 29) & 1;
    this.overflow = (value >>> 28) & 1;
    this.itState = 0;
  }

  /** A register, as `Uint32Array` would give it; the index is always within 0..15. */
  get(index: number): number {
    return this.registers[index] ?? 0;
  }

  set(index: number, value: number): void {
    this.registers[index] = value;
  }

  get inItBlock(): boolean {
    return this.itState !== 0;
  }

  /** The value that an instruction reads as PC: its own address and 4. */
  get pcValue(): number {
    return (this.get(15) + 4) >>> 0;
  }

  readOperand(index: number): number {
    return index === 15 ? this.pcValue : this.get(index);
  }

  branch(target: number): void {
    this.next = (target & ~1) >>> 0;
  }

  /** Executes one instruction; throws `BusFault` where memory does. */
  step(): Stop | null {
    const address = this.get(15);
    const first = this.bus.read(address, 2);
    const wide = first >>> 11 >= 0x1d;
    this.next = address + (wide ? 4 : 2);
    this.steps += 1;
    const wasInIt = this.inItBlock;
    if (wasInIt && !this.holds(this.itState >>> 4)) {
      this.advanceIt();
      this.set(15, this.next);
      return null;
    }
    const stop = wide ? executeWide(this, first, this.bus.read(address + 2, 2)) : executeNarrow(this, first);
    if (stop !== null) return stop;
    if (wasInIt) this.advanceIt();
    this.set(15, this.next);
    return null;
  }

  /** Runs at most `budget` instructions; returns why it stopped before, or null. */
  run(budget: number): Stop | 'fault' | null {
    try {
      for (let left = budget; left > 0; left--) {
        const stop = this.step();
        if (stop !== null) return stop;
      }
    } catch (error) {
      if (error instanceof BusFault) return 'fault';
      throw error;
    }
    return null;
  }

  setNegativeZero(result: number): void {
    this.negative = (result >>> 31) & 1;
    this.zero = result >>> 0 === 0 ? 1 : 0;
  }

  /** AddWithCarry (DDI 0403E A2.2.1); a subtraction is `add(a, ~b, 1)`. */
  add(a: number, b: number, carryIn: number, setFlags: boolean): number {
    const sum = (a >>> 0) + (b >>> 0) + carryIn;
    const result = sum >>> 0;
    if (setFlags) {
      this.setNegativeZero(result);
      this.carry = sum > 0xffffffff ? 1 : 0;
      this.overflow = ((~(a ^ b) & (a ^ result)) >>> 31) & 1;
    }
    return result;
  }

  subtract(a: number, b: number, setFlags: boolean): number {
    return this.add(a, ~b >>> 0, 1, setFlags);
  }

  /** Shift_C (A7.4.2) by an amount that is already decoded: 0 to 255. */
  shift(value: number, type: number, amount: number, setCarry: boolean): number {
    if (amount === 0) return value >>> 0;
    const x = value >>> 0;
    let result: number;
    let carry: number;
    if (type === shiftType.left) {
      carry = amount <= 32 ? (amount === 32 ? x & 1 : (x >>> (32 - amount)) & 1) : 0;
      result = amount >= 32 ? 0 : x << amount;
    } else if (type === shiftType.logicalRight) {
      carry = amount <= 32 ? (x >>> (amount - 1)) & 1 : 0;
      result = amount >= 32 ? 0 : x >>> amount;
    } else if (type === shiftType.arithmeticRight) {
      const within = Math.min(amount, 32);
      carry = (x >> Math.min(within - 1, 31)) & 1;
      result = within === 32 ? x >> 31 : x >> within;
    } else {
      const turn = amount & 31;
      result = turn === 0 ? x : (x >>> turn) | (x << (32 - turn));
      carry = (result >>> 31) & 1;
    }
    if (setCarry) this.carry = carry;
    return result >>> 0;
  }

  /** ConditionPassed (A7.3). */
  holds(condition: number): boolean {
    const base = this.baseCondition(condition >>> 1);
    return condition === 14 || base !== ((condition & 1) === 1);
  }

  private baseCondition(kind: number): boolean {
    switch (kind) {
      case 0:
        return this.zero === 1;
      case 1:
        return this.carry === 1;
      case 2:
        return this.negative === 1;
      case 3:
        return this.overflow === 1;
      case 4:
        return this.carry === 1 && this.zero === 0;
      case 5:
        return this.negative === this.overflow;
      case 6:
        return this.negative === this.overflow && this.zero === 0;
      default:
        return true;
    }
  }

  private advanceIt(): void {
    this.itState = (this.itState & 7) === 0 ? 0 : (this.itState & 0xe0) | ((this.itState << 1) & 0x1f);
  }
}

export function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}
