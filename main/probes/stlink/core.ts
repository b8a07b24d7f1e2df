import { noTarget, probeTimeout } from '../errors.ts';
import type { StLink } from './stlink.ts';

/** Debug registers of a Cortex-M (Arm DDI 0403E C1.6). */
const registers = { dhcsr: 0xe000edf0, demcr: 0xe000edfc, dfsr: 0xe000ed30, aircr: 0xe000ed0c };
const key = 0xa05f0000;
const control = { debugEnable: 1, halt: 2, maskInterrupts: 8, halted: 1 << 17 };
const catchReset = 1;
const requestSystemReset = 0x05fa0004;
const registerNumber = { sp: 13, pc: 15, xpsr: 16 };
const thumbState = 0x01000000;

/** Halting, starting and resetting the core at the end of an ST-Link. */
export class Core {
  private readonly link: StLink;

  constructor(link: StLink) {
    this.link = link;
  }

  /**
   * Resets the chip and stops it before its first instruction, so that no firmware interferes: caches, watchdogs and
   * clocks are as after power-on.
   * @throws StudioError `probe.no-target`
   */
  async resetAndHalt(): Promise<void> {
    await this.link.writeWord(registers.dhcsr, key | control.debugEnable | control.halt);
    await this.link.writeWord(registers.demcr, catchReset);
    await this.link.writeWord(registers.aircr, requestSystemReset);
    if (!(await this.haltsWithin(1000))) {
      // Firmware that sleeps or has disabled the pins may need the reset line.
      await this.link.driveReset(2);
      await this.link.writeWord(registers.dhcsr, key | control.debugEnable | control.halt);
      if (!(await this.haltsWithin(1000))) throw noTarget({ tried: ['SYSRESETREQ', 'NRST'] });
    }
    await this.link.writeWord(registers.demcr, 0);
  }

  /** Resets the chip and lets it run, debug off. */
  async resetAndRun(): Promise<void> {
    await this.link.writeWord(registers.demcr, 0);
    await this.link.writeWord(registers.dhcsr, key);
    await this.link.writeWord(registers.aircr, requestSystemReset);
  }

  /** Starts code in RAM with r0 to r3; interrupts stay masked. */
  async call(address: number, stack: number, args: readonly [number, number, number, number]): Promise<void> {
    for (const [index, value] of args.entries()) await this.link.writeRegister(index, value);
    await this.link.writeRegister(registerNumber.sp, stack);
    await this.link.writeRegister(registerNumber.pc, address);
    await this.link.writeRegister(registerNumber.xpsr, thumbState);
    // Masking takes effect only if it is set while halted, before the core runs (DDI 0403E C1.6.2).
    await this.link.writeWord(registers.dhcsr, key | control.debugEnable | control.halt | control.maskInterrupts);
    await this.link.writeWord(registers.dhcsr, key | control.debugEnable | control.maskInterrupts);
  }

  /**
   * Waits until called code has met its breakpoint and gives what it left in r0.
   * @throws StudioError `probe.timeout`: the core is halted again
   */
  async result(timeoutMs: number): Promise<number> {
    if (await this.haltsWithin(timeoutMs)) return this.link.readRegister(0);
    await this.link.writeWord(registers.dhcsr, key | control.debugEnable | control.halt);
    throw probeTimeout('The loader in the chip', timeoutMs / 1000, { pc: await this.link.readRegister(15) });
  }

  private async haltsWithin(milliseconds: number): Promise<boolean> {
    const until = performance.now() + milliseconds;
    do {
      const value = await this.link.readWord(registers.dhcsr);
      if (value & control.halted) return true;
    } while (performance.now() < until);
    return false;
  }
}
