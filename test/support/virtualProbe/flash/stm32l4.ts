import { KeyLock, type FlashArray, type FlashController } from './controller.ts';

const status = { endOfOperation: 1, programming: 1 << 3, writeProtected: 1 << 4, alignment: 1 << 5, sequence: 1 << 7 };
const clearable = 0xc3fb;
const control = { program: 1, pageErase: 2, massErase: 4, bank2: 1 << 11, massErase2: 1 << 15, start: 1 << 16 };
const launchOptions = 1 << 27;

/**
 * The Flash interface of STM32L4 and L4+ (RM0351 §3.7) and STM32G4 (RM0440 §3.7): double words of 64 bits, each
 * programmed once after an erase.
 */
export class Stm32L4Flash implements FlashController {
  readonly registersAt = 0x40022000;
  readonly registersBytes = 0x80;
  private readonly keys = new KeyLock(0x45670123, 0xcdef89ab);
  private readonly optionKeys = new KeyLock(0x08192a3b, 0x4c5d6e7f);
  private acr = 0x600;
  private sr = 0;
  private cr = 0;
  private options: number;
  private latched: { offset: number; value: number } | null = null;

  private readonly flash: FlashArray;
  private readonly twoBanks: boolean;

  /** @param optionBits bits 31..8 of FLASH_OPTR; @param twoBanks whether BKER selects the upper half of the pages */
  constructor(flash: FlashArray, optionBits: number, twoBanks: boolean) {
    this.flash = flash;
    this.twoBanks = twoBanks;
    this.options = (optionBits & ~0xff) | (flash.faults.readProtected ? 0x00 : 0xaa);
  }

  get readProtected(): boolean {
    return (this.options & 0xff) !== 0xaa;
  }

  reset(): void {
    this.keys.lock();
    this.optionKeys.lock();
    this.cr = 0;
    this.sr = 0;
    this.acr = 0x600;
    this.latched = null;
  }

  readRegister(offset: number): number {
    if (offset === 0x00) return this.acr;
    if (offset === 0x10) return this.sr;
    if (offset === 0x14) return (this.cr | (this.keys.locked ? 0x80000000 : 0) | this.optionLockBit()) >>> 0;
    if (offset === 0x20) return this.options >>> 0;
    // Write-protected areas: start above end means none (RM0351 §3.7.13).
    const area = offset === 0x2c ? this.protectedArea() : null;
    if (area !== null) return area;
    return offset >= 0x24 && offset <= 0x50 ? 0x000000ff : 0;
  }

  writeRegister(offset: number, value: number): void {
    if (offset === 0x00) this.acr = value;
    else if (offset === 0x08) this.keys.write(value);
    else if (offset === 0x0c) this.optionKeys.write(value);
    else if (offset === 0x10) this.sr &= ~(value & clearable);
    else if (offset === 0x14) this.writeControl(value);
    else if (offset === 0x20 && !this.optionKeys.locked) this.options = value;
  }

  program(offset: number, value: number, bytes: number): void {
    if (this.keys.locked || (this.cr & control.program) === 0) this.sr |= status.sequence;
    else if (bytes !== 4) this.sr |= status.alignment;
    else if (this.latched === null) this.latchFirst(offset, value);
    else this.programSecond(offset, value);
  }

  private latchFirst(offset: number, value: number): void {
    if (offset % 8 !== 0) this.sr |= status.alignment;
    else this.latched = { offset, value };
  }

  private programSecond(offset: number, value: number): void {
    const first = this.latched;
    this.latched = null;
    if (first === null || offset !== first.offset + 4) {
      this.sr |= status.alignment;
      return;
    }
    const view = this.flash.view;
    const erased = view.getUint32(first.offset, true) === 0xffffffff && view.getUint32(offset, true) === 0xffffffff;
    const allZero = value === 0 && first.value === 0;
    if (this.flash.faults.writeProtected.has(this.flash.sectorOf(offset)) || this.readProtected) {
      this.sr |= status.writeProtected;
    } else if (!erased && !allZero) this.sr |= status.programming;
    else {
      this.flash.program(first.offset, first.value, 4);
      this.flash.program(offset, value, 4);
      this.sr |= status.endOfOperation;
    }
  }

  private optionLockBit(): number {
    return this.optionKeys.locked ? 1 << 30 : 0;
  }

  private protectedArea(): number | null {
    const pages = [...this.flash.faults.writeProtected];
    return pages.length === 0 ? null : (Math.max(...pages) << 16) | Math.min(...pages);
  }

  private writeControl(value: number): void {
    if (!this.keys.locked) {
      this.cr = value & 0x0000ffff;
      if (value & control.start) this.start();
      if (value & launchOptions) this.optionKeys.lock();
    }
    if (value >>> 31) this.keys.lock();
  }

  private start(): void {
    const pages = this.flash.sectors.length;
    const half = pages / 2;
    const page = ((this.cr >>> 3) & 0xff) + (this.twoBanks && this.cr & control.bank2 ? half : 0);
    if (this.readProtected) this.sr |= status.writeProtected;
    else if (this.cr & (control.massErase | control.massErase2)) {
      for (let index = 0; index < pages; index++) {
        const upper = this.twoBanks && index >= half;
        if (this.cr & (upper ? control.massErase2 : control.massErase)) this.flash.erase(index);
      }
    } else if ((this.cr & control.pageErase) === 0 || page >= pages) this.sr |= status.sequence;
    else if (this.flash.faults.writeProtected.has(page)) this.sr |= status.writeProtected;
    else this.flash.erase(page);
    this.sr |= status.endOfOperation;
  }
}
