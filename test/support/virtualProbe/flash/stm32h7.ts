import { KeyLock, type FlashArray, type FlashController } from './controller.ts';

const control = { lock: 1, program: 1 << 1, sectorErase: 1 << 2, bankErase: 1 << 3, forceWrite: 1 << 6, start: 1 << 7 };
const status = { endOfOperation: 1 << 16, writeProtected: 1 << 17, sequence: 1 << 18, inconsistency: 1 << 21 };
const flashWordBytes = 32;

interface Bank {
  readonly keys: KeyLock;
  sr: number;
  cr: number;
  /** Bytes gathered of the 256-bit Flash word that is being written. */
  gathered: number;
  wordOffset: number;
  readonly word: DataView;
}

/** The Flash interface of STM32H74x and H72x (RM0433 §4.9): Flash words of 256 bits, one register set a bank. */
export class Stm32H7Flash implements FlashController {
  readonly registersAt = 0x52002000;
  readonly registersBytes = 0x200;
  private readonly optionKeys = new KeyLock(0x08192a3b, 0x4c5d6e7f);
  private readonly banks: readonly Bank[];
  private acr = 0x37;
  /** Options in force, and as they will be once they are written. */
  private optsr: number;
  private nextOptsr: number;

  private readonly flash: FlashArray;
  private readonly bankBytes: number;

  constructor(flash: FlashArray, bankBytes: number) {
    this.flash = flash;
    this.bankBytes = bankBytes;
    this.optsr = 0x1c6d00f0 | (flash.faults.readProtected ? 0x5500 : 0xaa00);
    this.nextOptsr = this.optsr;
    this.banks = Array.from({ length: flash.cells.length / bankBytes }, () => ({
      keys: new KeyLock(0x45670123, 0xcdef89ab),
      sr: 0,
      cr: 0,
      gathered: 0,
      wordOffset: 0,
      word: new DataView(new ArrayBuffer(flashWordBytes)),
    }));
  }

  get readProtected(): boolean {
    return ((this.optsr >>> 8) & 0xff) !== 0xaa;
  }

  reset(): void {
    this.optionKeys.lock();
    for (const bank of this.banks) {
      bank.keys.lock();
      bank.cr = 0;
      bank.sr = 0;
      bank.gathered = 0;
    }
  }

  readRegister(offset: number): number {
    const bank = this.banks[offset >= 0x100 ? 1 : 0];
    const register = offset & 0xff;
    if (register === 0x00) return this.acr;
    if (register === 0x18) return this.optionKeys.locked ? 1 : 0;
    if (register === 0x1c) return this.optsr >>> 0;
    if (register === 0x20) return this.nextOptsr >>> 0;
    if (bank === undefined) return 0;
    if (register === 0x0c) return bank.cr | (bank.keys.locked ? control.lock : 0);
    if (register === 0x10) return bank.sr >>> 0;
    if (register === 0x38 || register === 0x3c) return this.writeProtection(offset >= 0x100 ? 1 : 0);
    return 0;
  }

  writeRegister(offset: number, value: number): void {
    const index = offset >= 0x100 ? 1 : 0;
    const bank = this.banks[index];
    const register = offset & 0xff;
    if (register === 0x00) this.acr = value;
    else if (register === 0x08) this.optionKeys.write(value);
    else if (register === 0x18) this.writeOptionControl(value);
    else if (register === 0x20 && !this.optionKeys.locked) this.nextOptsr = value;
    else if (bank === undefined) return;
    else if (register === 0x04) bank.keys.write(value);
    else if (register === 0x0c) this.writeControl(bank, index, value);
    else if (register === 0x14) bank.sr &= ~value;
  }

  program(offset: number, value: number, bytes: number): void {
    const index = Math.floor(offset / this.bankBytes);
    const bank = this.banks[index];
    if (bank === undefined) return;
    const start = offset - (offset % flashWordBytes);
    if (bank.keys.locked || (bank.cr & control.program) === 0) {
      bank.sr |= status.sequence;
      return;
    }
    if (bank.gathered > 0 && bank.wordOffset !== start) {
      bank.sr |= status.inconsistency;
      bank.gathered = 0;
      return;
    }
    bank.wordOffset = start;
    for (let at = 0; at < bytes; at++) bank.word.setUint8((offset % flashWordBytes) + at, (value >>> (8 * at)) & 0xff);
    bank.gathered += bytes;
    if (bank.gathered >= flashWordBytes) this.commit(bank);
  }

  /** OPTSTART writes the options; leaving readout protection erases all. */
  private writeOptionControl(value: number): void {
    if (this.optionKeys.locked) return;
    if (value & 2) {
      const wasProtected = this.readProtected;
      this.optsr = this.nextOptsr;
      if (wasProtected && !this.readProtected) this.flash.eraseAll();
    }
    if (value & 1) this.optionKeys.lock();
  }

  private commit(bank: Bank): void {
    bank.gathered = 0;
    if (this.flash.faults.writeProtected.has(this.flash.sectorOf(bank.wordOffset)) || this.readProtected) {
      bank.sr |= status.writeProtected;
      return;
    }
    for (let at = 0; at < flashWordBytes; at += 4) {
      this.flash.program(bank.wordOffset + at, bank.word.getUint32(at, true), 4);
    }
    bank.sr |= status.endOfOperation;
  }

  private writeProtection(bank: number): number {
    const perBank = this.flash.sectors.length / this.banks.length;
    let mask = 0xff;
    for (const sector of this.flash.faults.writeProtected) {
      if (Math.floor(sector / perBank) === bank) mask &= ~(1 << (sector % perBank));
    }
    return mask;
  }

  private writeControl(bank: Bank, index: number, value: number): void {
    if (bank.keys.locked) return;
    bank.cr = value & ~(control.start | control.lock | control.forceWrite);
    if (value & control.forceWrite && bank.gathered > 0) {
      for (let at = bank.gathered; at < flashWordBytes; at++) bank.word.setUint8(at, 0xff);
      this.commit(bank);
    }
    if (value & control.start) this.start(bank, index);
    if (value & control.lock) bank.keys.lock();
  }

  private start(bank: Bank, index: number): void {
    const perBank = this.flash.sectors.length / this.banks.length;
    const sector = index * perBank + ((bank.cr >>> 8) & 7);
    if (this.readProtected) bank.sr |= status.writeProtected;
    else if (bank.cr & control.bankErase) for (let at = 0; at < perBank; at++) this.flash.erase(index * perBank + at);
    else if ((bank.cr & control.sectorErase) === 0) bank.sr |= status.sequence;
    else if (this.flash.faults.writeProtected.has(sector)) bank.sr |= status.writeProtected;
    else this.flash.erase(sector);
    bank.sr |= status.endOfOperation;
  }
}
