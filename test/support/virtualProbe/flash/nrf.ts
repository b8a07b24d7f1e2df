import type { FlashArray, FlashController } from './controller.ts';

/** What CONFIG says may be done. */
export const config = { readOnly: 0, write: 1, erase: 2 };

/** What the non-volatile memory controllers of nRF52 and nRF53 have in common: words of 32 bits, no keys, no error flags. */
export abstract class NrfFlash implements FlashController {
  abstract readonly registersAt: number;
  readonly registersBytes = 0x1000;
  protected mode = config.readOnly;
  protected readonly flash: FlashArray;
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

  abstract writeRegister(offset: number, value: number): void;
  abstract program(offset: number, value: number, bytes: number): void;
}
