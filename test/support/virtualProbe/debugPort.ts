import { BusFault } from './bus.ts';
import type { VirtualChip } from './chip.ts';

const stickyError = 0x20;
/** What an nRF52's CTRL-AP says of itself (nRF52840 PS §4.6). */
const controlAp = { eraseAll: 0x04, eraseAllStatus: 0x08, protectStatus: 0x0c, identity: 0xfc };

/**
 * A serial-wire debug port with one AHB access port (Arm IHI 0031, ADIv5), as CMSIS-DAP and the ST-Link's own DAP
 * commands drive it; an nRF52 has its control port besides.
 */
export class DebugPort {
  private select = 0;
  private control = 0;
  private sticky = false;
  private status = 0x23000052;
  private transfer = 0;

  private readonly chip: VirtualChip;

  constructor(chip: VirtualChip) {
    this.chip = chip;
  }

  get faulted(): boolean {
    return this.sticky;
  }

  /** The register bank that DP SELECT names, joined with the two address bits of a transfer. */
  bank(low: number): number {
    return (this.select & 0xf0) | (low & 0xc);
  }

  readDp(register: number): number {
    if ((register & 0xc) === 0) return this.chip.model.debugPortId;
    if ((register & 0xc) === 4) return this.readControl();
    return 0;
  }

  writeDp(register: number, value: number): void {
    const at = register & 0xc;
    if (at === 0 && value & 0x1e) this.sticky = false;
    else if (at === 4) this.control = value;
    else if (at === 8) this.select = value;
  }

  readAp(register: number, port = this.select >>> 24): number {
    if (port === 1 && this.isNordic) return this.readControlAp(register & 0xfc);
    if (port !== 0) return 0;
    const at = register & 0xfc;
    if (at === 0x00) return this.status;
    if (at === 0x04) return this.transfer;
    if (at === 0x0c) return this.data(null);
    if (at >= 0x10 && at <= 0x1c) return this.banked(at, null);
    if (at === 0xf8) return 0xe00ff003;
    return at === 0xfc ? 0x24770011 : 0;
  }

  writeAp(register: number, value: number, port = this.select >>> 24): void {
    if (port === 1 && this.isNordic && (register & 0xfc) === controlAp.eraseAll && value === 1) {
      this.chip.flash.eraseAll();
      this.chip.controller.unlock?.();
    }
    if (port !== 0) return;
    const at = register & 0xfc;
    if (at === 0x00) this.status = ((value & ~0x8000c0) | 0x40) >>> 0;
    else if (at === 0x04) this.transfer = value >>> 0;
    else if (at === 0x0c) this.data(value);
    else if (at >= 0x10 && at <= 0x1c) this.banked(at, value);
  }

  private get isNordic(): boolean {
    return this.chip.model.flashStart === 0;
  }

  private readControlAp(register: number): number {
    if (register === controlAp.identity) return 0x02880000;
    return register === controlAp.protectStatus ? (this.chip.controller.readProtected ? 0 : 1) : 0;
  }

  private readControl(): number {
    let value = (this.control & 0x5fffff1f) | 0x40;
    if (this.control & 0x40000000) value |= 0x80000000;
    if (this.control & 0x10000000) value |= 0x20000000;
    return (this.sticky ? value | stickyError : value) >>> 0;
  }

  /** One transfer through DRW; what does not answer sets the sticky error. */
  private data(written: number | null): number {
    const size = 1 << (this.status & 7);
    const shift = (this.transfer & 3) * 8;
    const packed = (this.status & 0x30) === 0x20 && size < 4;
    try {
      // A locked nRF52 lets nobody on its bus; only its control port answers.
      if (this.isNordic && this.chip.controller.readProtected) throw new BusFault(this.transfer);
      let value = 0;
      for (let at = 0; at < (packed ? 4 : size); at += size) {
        const lane = packed ? at * 8 : size === 4 ? 0 : shift;
        const mask = size === 4 ? -1 : (1 << (8 * size)) - 1;
        if (written === null) value |= this.chip.read(this.transfer + at, size) << lane;
        else this.chip.write(this.transfer + at, (written >>> lane) & mask, size);
      }
      this.increment(packed ? 4 : size);
      return value >>> 0;
    } catch (error) {
      if (!(error instanceof BusFault)) throw error;
      this.sticky = true;
      return 0;
    }
  }

  /** The address counter wraps at 4 KiB on Cortex-M3 and M4. */
  private increment(bytes: number): void {
    if ((this.status & 0x30) === 0) return;
    this.transfer = (((this.transfer & ~0xfff) >>> 0) | ((this.transfer + bytes) & 0xfff)) >>> 0;
  }

  private banked(register: number, written: number | null): number {
    const [status, transfer] = [this.status, this.transfer];
    this.transfer = ((transfer & ~15) | (register & 12)) >>> 0;
    this.status = (status & ~0x37) | 2;
    const value = this.data(written);
    this.status = status;
    this.transfer = transfer;
    return value;
  }
}
