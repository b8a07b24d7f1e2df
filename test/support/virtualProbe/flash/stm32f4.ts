import { KeyLock, type FlashArray, type FlashController } from './controller.ts';

const status = { endOfOperation: 1 << 0, writeProtected: 1 << 4, parallelism: 1 << 6, sequence: 1 << 7 };
const control = { program: 1 << 0, sectorErase: 1 << 1, massErase: 1 << 2, start: 1 << 16, lock: 0x80000000 };

/** The Flash interface of STM32F4 (RM0090 §3.8) and STM32F7 (RM0385 §3.7), which differ in sectors and option bits. */
export class Stm32F4Flash implements FlashController {
  readonly registersAt = 0x40023c00;
  readonly registersBytes = 0x40;
  private readonly keys = new KeyLock(0x45670123, 0xcdef89ab);
  private readonly optionKeys = new KeyLock(0x08192a3b, 0x4c5d6e7f);
  private acr = 0;
  private sr = 0;
  private cr = 0;
  private optcr: number;
  /** The protection byte in force; the register's takes effect when the options are written. */
  private protection: number;

  private readonly flash: FlashArray;

  /** @param optionBits bits 31..16 and below 8 of FLASH_OPTCR that this chip is delivered with */
  constructor(flash: FlashArray, optionBits: number) {
    this.flash = flash;
    this.optcr = (optionBits & 0xffff00ff) | (flash.faults.readProtected ? 0x0000 : 0xaa00);
    this.protection = (this.optcr >>> 8) & 0xff;
    for (const sector of flash.faults.writeProtected) this.optcr &= ~(1 << (16 + sector));
  }

  get readProtected(): boolean {
    return this.protection !== 0xaa;
  }

  reset(): void {
    this.keys.lock();
    this.optionKeys.lock();
    this.cr = 0;
    this.sr = 0;
    this.acr = 0;
  }

  readRegister(offset: number): number {
    if (offset === 0x00) return this.acr;
    if (offset === 0x0c) return this.sr;
    if (offset === 0x10) return this.keys.locked ? (this.cr | control.lock) >>> 0 : this.cr;
    if (offset === 0x14) return (this.optcr & ~1) | (this.optionKeys.locked ? 1 : 0);
    if (offset === 0x18) return 0x0fff0000;
    return 0;
  }

  writeRegister(offset: number, value: number): void {
    if (offset === 0x00) this.acr = value;
    else if (offset === 0x04) this.keys.write(value);
    else if (offset === 0x08) this.optionKeys.write(value);
    else if (offset === 0x0c) this.sr &= ~(value & 0xf3);
    else if (offset === 0x10) this.writeControl(value);
    else if (offset === 0x14) this.writeOptions(value);
  }

  program(offset: number, value: number, bytes: number): void {
    if (this.readProtected) this.sr |= status.writeProtected;
    else if (this.keys.locked || (this.cr & control.program) === 0) this.sr |= status.sequence;
    else if (1 << ((this.cr >>> 8) & 3) !== bytes) this.sr |= status.parallelism;
    else if (this.isWriteProtected(this.flash.sectorOf(offset))) this.sr |= status.writeProtected;
    else {
      this.flash.program(offset, value, bytes);
      this.sr |= status.endOfOperation;
    }
  }

  private isWriteProtected(sector: number): boolean {
    return ((this.optcr >>> (16 + sector)) & 1) === 0;
  }

  private writeControl(value: number): void {
    if (this.keys.locked) return;
    this.cr = value & ~(control.start | control.lock);
    if (value & control.start) this.start();
    if (value & control.lock) this.keys.lock();
  }

  private start(): void {
    const sector = sectorIndex((this.cr >>> 3) & 31, this.flash.sectors.length);
    if (this.readProtected) this.sr |= status.writeProtected;
    else if (this.cr & control.massErase) this.flash.eraseAll();
    else if ((this.cr & control.sectorErase) === 0 || sector >= this.flash.sectors.length) this.sr |= status.sequence;
    else if (this.isWriteProtected(sector % 12)) this.sr |= status.writeProtected;
    else {
      this.flash.erase(sector);
      this.sr |= status.endOfOperation;
    }
  }

  private writeOptions(value: number): void {
    if (this.optionKeys.locked) return;
    this.optcr = value & ~3;
    if (value & 2) {
      const wasProtected = this.readProtected;
      this.protection = (value >>> 8) & 0xff;
      if (wasProtected && !this.readProtected) this.flash.eraseAll();
    }
    if (value & 1) this.optionKeys.lock();
  }
}

/** SNB counts bank 2 from 16 on the two-bank chips (RM0090 §3.9.7: sector 12 is 0b10000). */
function sectorIndex(snb: number, count: number): number {
  return count > 12 && snb >= 16 ? snb - 4 : snb;
}
