import { config, NrfFlash } from './nrf.ts';

/** The non-volatile memory controller of nRF52 (nRF52840 PS §4.3): a page is erased by its address in a register. */
export class Nrf52Flash extends NrfFlash {
  readonly registersAt = 0x4001e000;

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
