import { KeyLock, type FlashArray, type FlashController } from './controller.ts';

const status = { endOfOperation: 1, programming: 1 << 3, writeProtected: 1 << 4, alignment: 1 << 5, sequence: 1 << 7 };
const clearable = 0xc3fb;
const control = { program: 1, pageErase: 2, massErase: 4, bank2: 1 << 11, massErase2: 1 << 15, start: 1 << 16 };
const optionControl = { start: 1 << 17, launch: 1 << 27, lock: 1 << 30 };

/** Where the registers are, and how many words are programmed at once. */
export interface Stm32L4Layout {
  readonly keyr: number;
  readonly optkeyr: number;
  readonly sr: number;
  readonly cr: number;
  readonly optr: number;
  /** First of the registers of write-protected areas, and the last. */
  readonly wrp: readonly [first: number, last: number];
  readonly unitWords: 2 | 4;
}

/** STM32L4 and L4+ (RM0351, RM0432, Flash registers) and STM32G4 (RM0440): double words of 64 bits. */
export const l4Layout: Stm32L4Layout = {
  keyr: 0x08,
  optkeyr: 0x0c,
  sr: 0x10,
  cr: 0x14,
  optr: 0x20,
  wrp: [0x2c, 0x50],
  unitWords: 2,
};

/** STM32U5 (RM0456, non-secure Flash registers): quad words of 128 bits. */
export const u5Layout: Stm32L4Layout = {
  keyr: 0x08,
  optkeyr: 0x10,
  sr: 0x20,
  cr: 0x28,
  optr: 0x40,
  wrp: [0x58, 0x6c],
  unitWords: 4,
};

/** The Flash interface that L4, L4+, G4 and U5 share but for its layout: units of words, each programmed once after an erase. */
export class Stm32L4Flash implements FlashController {
  readonly registersAt = 0x40022000;
  readonly registersBytes = 0x80;
  private readonly keys = new KeyLock(0x45670123, 0xcdef89ab);
  private readonly optionKeys = new KeyLock(0x08192a3b, 0x4c5d6e7f);
  private acr = 0x600;
  private sr = 0;
  private cr = 0;
  /** Options: as the register holds them, as they are stored, and as the chip has loaded them. */
  private options: number;
  private stored: number;
  private loaded: number;
  /** The words of the unit that is being written. */
  private latched: { readonly offset: number; readonly words: number[] } | null = null;

  private readonly flash: FlashArray;
  private readonly twoBanks: boolean;
  private readonly layout: Stm32L4Layout;

  /** @param optionBits bits 31..8 of FLASH_OPTR; @param twoBanks whether BKER selects the upper half of the pages */
  constructor(flash: FlashArray, optionBits: number, twoBanks: boolean, layout: Stm32L4Layout = l4Layout) {
    this.flash = flash;
    this.twoBanks = twoBanks;
    this.layout = layout;
    this.options = (optionBits & ~0xff) | (flash.faults.readProtected ? 0x00 : 0xaa);
    this.stored = this.options;
    this.loaded = this.options;
  }

  get readProtected(): boolean {
    return (this.loaded & 0xff) !== 0xaa;
  }

  reset(): void {
    this.keys.lock();
    this.optionKeys.lock();
    this.cr = 0;
    this.sr = 0;
    this.acr = 0x600;
    this.options = this.loaded;
    this.latched = null;
  }

  readRegister(offset: number): number {
    const { sr, cr, optr, wrp } = this.layout;
    if (offset === 0x00) return this.acr;
    if (offset === sr) return this.sr;
    if (offset === cr) {
      const locks = (this.keys.locked ? 0x80000000 : 0) | (this.optionKeys.locked ? optionControl.lock : 0);
      return (this.cr | locks) >>> 0;
    }
    if (offset === optr) return this.options >>> 0;
    // Write-protected areas: start above end means none.
    const area = offset === wrp[0] ? this.protectedArea() : null;
    if (area !== null) return area;
    return offset > optr && offset <= wrp[1] ? 0x000000ff : 0;
  }

  writeRegister(offset: number, value: number): void {
    const { keyr, optkeyr, sr, cr, optr } = this.layout;
    if (offset === 0x00) this.acr = value;
    else if (offset === keyr) this.keys.write(value);
    else if (offset === optkeyr) this.optionKeys.write(value);
    else if (offset === sr) this.sr &= ~(value & clearable);
    else if (offset === cr) this.writeControl(value);
    else if (offset === optr && !this.optionKeys.locked) this.options = value;
  }

  program(offset: number, value: number, bytes: number): void {
    if (this.keys.locked || (this.cr & control.program) === 0) this.sr |= status.sequence;
    else if (bytes !== 4) this.sr |= status.alignment;
    else if (this.latched === null) this.latchFirst(offset, value);
    else this.latchNext(offset, value, this.latched);
  }

  private latchFirst(offset: number, value: number): void {
    if (offset % (4 * this.layout.unitWords) !== 0) this.sr |= status.alignment;
    else this.latched = { offset, words: [value] };
  }

  private latchNext(offset: number, value: number, unit: { offset: number; words: number[] }): void {
    if (offset !== unit.offset + 4 * unit.words.length) {
      this.sr |= status.alignment;
      this.latched = null;
      return;
    }
    unit.words.push(value);
    if (unit.words.length < this.layout.unitWords) return;
    this.latched = null;
    this.programUnit(unit);
  }

  private programUnit({ offset, words }: { readonly offset: number; readonly words: readonly number[] }): void {
    const erased = words.every((_, at) => this.flash.view.getUint32(offset + 4 * at, true) === 0xffffffff);
    const allZero = words.every((word) => word === 0);
    if (this.flash.faults.writeProtected.has(this.flash.sectorOf(offset)) || this.readProtected) {
      this.sr |= status.writeProtected;
    } else if (!erased && !allZero) this.sr |= status.programming;
    else {
      for (const [at, word] of words.entries()) this.flash.program(offset + 4 * at, word, 4);
      this.sr |= status.endOfOperation;
    }
  }

  private protectedArea(): number | null {
    const pages = [...this.flash.faults.writeProtected];
    return pages.length === 0 ? null : (Math.max(...pages) << 16) | Math.min(...pages);
  }

  private writeControl(value: number): void {
    if (!this.keys.locked) {
      this.cr = value & 0x0000ffff;
      if (value & control.start) this.start();
      if (!this.optionKeys.locked) this.writeOptionControl(value);
    }
    if (value & optionControl.lock) this.optionKeys.lock();
    if (value >>> 31) this.keys.lock();
  }

  /** OPTSTRT stores the options, and leaving readout protection erases all; OBL_LAUNCH resets the chip, which loads them. */
  private writeOptionControl(value: number): void {
    if (value & optionControl.start) {
      const wasProtected = this.readProtected;
      this.stored = this.options;
      if (wasProtected && (this.stored & 0xff) === 0xaa) this.flash.eraseAll();
    }
    if (value & optionControl.launch) {
      this.loaded = this.stored;
      this.reset();
    }
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
