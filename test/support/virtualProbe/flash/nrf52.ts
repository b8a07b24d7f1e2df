import type { FlashArray, FlashController } from './controller.ts';

const config = { readOnly: 0, write: 1, erase: 2 };

/** The non-volatile memory controller of nRF52 (nRF52840 PS §4.3): words of 32 bits, no keys, no error flags. */
export class Nrf52Flash implements FlashController {
  readonly registersAt = 0x4001e000;
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
    if (offset === 0x504) this.mode = value & 3;
    else if (this.mode !== config.erase) return;
    else if (offset === 0x508) this.erasePage(this.flash.sectorOf(value));
    else if (offset === 0x50c && value === 1) this.flash.eraseAll();
  }

  program(offset: number, value: number, bytes: number): void {
    if (this.mode !== config.write || bytes !== 4) return;
    if (!this.flash.faults.writeProtected.has(this.flash.sectorOf(offset))) this.flash.program(offset, value, bytes);
  }

  private erasePage(page: number): void {
    if (page >= 0 && !this.flash.faults.writeProtected.has(page)) this.flash.erase(page);
  }
}
