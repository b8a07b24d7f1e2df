import { config, NrfFlash } from './nrf.ts';

/**
 * The non-volatile memory controller of the nRF5340's application core (nRF5340 PS, NVMC): a page is erased by writing all
 * ones to its first word while CONFIG says erase.
 */
export class Nrf53Flash extends NrfFlash {
  readonly registersAt = 0x50039000;

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
