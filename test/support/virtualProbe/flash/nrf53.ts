import type { FlashArray, FlashController } from './controller.ts';

const config = { readOnly: 0, write: 1, erase: 2 };

/**
 * The non-volatile memory controller of the nRF5340's application core (nRF5340 PS, NVMC): words of 32 bits; a page is
 * erased by writing all ones to its first word while CONFIG says erase.
 */
export class Nrf53Flash implements FlashController {
  readonly registersAt = 0x50039000;
  readonly registersBytes = 0x1000;
  private mode = config.readOnly;

  private readonly flash: FlashArray;
  private locked: boolean;

  constructor(flash: FlashArray) {
    this.flash = flash;
    this.locked = flash.faults.readProtected;
  }

  get readProtected(): boolean {
    return this.locked;
  }

  unlock(): void {
    this.locked = false;
  }

  reset(): void {
    this.mode = config.readOnly;
  }

  readRegister(offset: number): number {
    if (offset === 0x400 || offset === 0x408) return 1;
    return offset === 0x504 ? this.mode : 0;
  }

  writeRegister(offset: number, value: number): void {
    if (offset === 0x504) this.mode = value & 7;
    else if (offset === 0x50c && value === 1 && this.mode === config.erase) this.flash.eraseAll();
  }

  program(offset: number, value: number, bytes: number): void {
    const page = this.flash.sectorOf(offset);
    if (bytes !== 4 || this.flash.faults.writeProtected.has(page)) return;
    if (this.mode === config.write) this.flash.program(offset, value, bytes);
    else if (this.mode === config.erase && offset === this.flash.sectors[page]?.offset && value === 0xffffffff) {
      this.flash.erase(page);
    }
  }
}
