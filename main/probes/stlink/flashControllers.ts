import type { Board } from '../../boards/index.ts';
import { flashRefused, probeTimeout, writeProtected } from '../errors.ts';
import { stm32f4Loader, stm32h7Loader, stm32l4Loader, type Loader } from './loaders/index.ts';
import type { StLink } from './stlink.ts';

export interface EraseSector {
  readonly index: number;
  readonly start: number;
}

/**
 * What differs between Flash controllers: how a sector is erased and what stands before and after the loader. One object
 * per family; all registers are reached through the probe, so nothing here runs on the chip.
 */
export interface FlashControllerDriver {
  readonly loader: Loader;
  /** Below this the controller cannot program in units of the loader's size. */
  readonly minimumVolts: number;
  unlock(link: StLink): Promise<void>;
  erase(link: StLink, sector: EraseSector): Promise<void>;
  /** Lets the loader write at `address`; gives the address of the status register that it polls. */
  beginProgramming(link: StLink, address: number): Promise<number>;
  /** After all: programming off, locked, caches of the Flash interface emptied. */
  finish(link: StLink): Promise<void>;
  explain(errorBits: number, address: number): Error;
}

const unlockKeys = [0x45670123, 0xcdef89ab];
/** Longer than the slowest erase of one sector: 128 KiB on F4 and H7, 256 KiB on F7 (data sheets, tERASE max 4 s). */
const eraseTimeoutMs = 8000;

async function waitWhile(link: StLink, register: number, busy: number): Promise<number> {
  const until = performance.now() + eraseTimeoutMs;
  do {
    const value = await link.readWord(register);
    if ((value & busy) === 0) return value;
  } while (performance.now() < until);
  throw probeTimeout('Erasing a Flash sector', eraseTimeoutMs / 1000, { register });
}

/** STM32F4 (RM0090 §3.8) and STM32F7 (RM0385 §3.7). */
class Stm32F4Driver implements FlashControllerDriver {
  readonly loader = stm32f4Loader;
  readonly minimumVolts = 2.7;
  private readonly at = { acr: 0x40023c00, keyr: 0x40023c04, sr: 0x40023c0c, cr: 0x40023c10 };
  private readonly bits = {
    program: 1,
    sectorErase: 2,
    words: 2 << 8,
    start: 1 << 16,
    lock: 0x80000000,
    busy: 1 << 16,
  };
  private readonly errors = 0xf2;
  private readonly hasDataCache: boolean;

  /** @param hasDataCache the F4's interface keeps data and instruction lines of its own; the F7's does not */
  constructor(hasDataCache: boolean) {
    this.hasDataCache = hasDataCache;
  }

  async unlock(link: StLink): Promise<void> {
    for (const key of unlockKeys) await link.writeWord(this.at.keyr, key);
    await link.writeWord(this.at.sr, this.errors);
  }

  async erase(link: StLink, { index, start }: EraseSector): Promise<void> {
    // Sector 12, the first of bank 2, is numbered 0b10000 (RM0090 §3.8.5).
    const number = index >= 12 ? index + 4 : index;
    const select = this.bits.sectorErase | this.bits.words | (number << 3);
    await link.writeWord(this.at.cr, select);
    await link.writeWord(this.at.cr, select | this.bits.start);
    const status = await waitWhile(link, this.at.sr, this.bits.busy);
    if (status & this.errors) throw this.explain(status & this.errors, start);
  }

  async beginProgramming(link: StLink): Promise<number> {
    await link.writeWord(this.at.cr, this.bits.program | this.bits.words);
    return this.at.sr;
  }

  async finish(link: StLink): Promise<void> {
    await link.writeWord(this.at.cr, this.bits.lock);
    if (this.hasDataCache) await emptyCaches(link, this.at.acr);
  }

  explain(bits: number, address: number): Error {
    if (bits & 0x10) return writeProtected({ bits, address });
    return flashRefused(`FLASH_SR says 0x${bits.toString(16)} at 0x${address.toString(16)}`, { bits, address });
  }
}

/** Lines of erased Flash may linger in the interface's caches (RM0090 §3.5.2, RM0351 §3.3.4): off, emptied, on. */
async function emptyCaches(link: StLink, acr: number): Promise<void> {
  const enable = 3 << 9;
  const reset = 3 << 11;
  const value = await link.readWord(acr);
  await link.writeWord(acr, value & ~enable);
  await link.writeWord(acr, (value & ~enable) | reset);
  await link.writeWord(acr, value & ~reset);
}

/** STM32L4 and L4+ (RM0351 §3.7, RM0432 §3.7) and STM32G4 (RM0440 §3.7). */
class Stm32L4Driver implements FlashControllerDriver {
  readonly loader = stm32l4Loader;
  readonly minimumVolts = 1.71;
  private readonly at = { acr: 0x40022000, keyr: 0x40022008, sr: 0x40022010, cr: 0x40022014 };
  private readonly bits = { program: 1, pageErase: 2, bank2: 1 << 11, start: 1 << 16, lock: 0x80000000, busy: 1 << 16 };
  private readonly errors = 0xc3fa;
  private readonly pagesPerBank: number;

  constructor(pagesPerBank: number) {
    this.pagesPerBank = pagesPerBank;
  }

  async unlock(link: StLink): Promise<void> {
    for (const key of unlockKeys) await link.writeWord(this.at.keyr, key);
    await link.writeWord(this.at.sr, this.errors);
  }

  async erase(link: StLink, { index, start }: EraseSector): Promise<void> {
    const inBank2 = index >= this.pagesPerBank;
    const page = inBank2 ? index - this.pagesPerBank : index;
    const select = this.bits.pageErase | (page << 3) | (inBank2 ? this.bits.bank2 : 0);
    await link.writeWord(this.at.cr, select | this.bits.start);
    const status = await waitWhile(link, this.at.sr, this.bits.busy);
    if (status & this.errors) throw this.explain(status & this.errors, start);
  }

  async beginProgramming(link: StLink): Promise<number> {
    await link.writeWord(this.at.cr, this.bits.program);
    return this.at.sr;
  }

  async finish(link: StLink): Promise<void> {
    await link.writeWord(this.at.cr, this.bits.lock);
    await emptyCaches(link, this.at.acr);
  }

  explain(bits: number, address: number): Error {
    if (bits & 0x10) return writeProtected({ bits, address });
    return flashRefused(`FLASH_SR says 0x${bits.toString(16)} at 0x${address.toString(16)}`, { bits, address });
  }
}

/** STM32H74x, H72x (RM0433 §4.9, RM0468 §4.9): a set of registers for each bank of 1 MiB. */
class Stm32H7Driver implements FlashControllerDriver {
  readonly loader = stm32h7Loader;
  readonly minimumVolts = 1.71;
  private readonly base = 0x52002000;
  private readonly offset = { keyr: 0x04, cr: 0x0c, sr: 0x10, ccr: 0x14 };
  private readonly bits = { lock: 1, program: 2, sectorErase: 4, doubleWords: 3 << 4, start: 1 << 7, busy: 7 };
  private readonly errors = 0x07ee0000;
  private readonly banks: number;

  constructor(banks: number) {
    this.banks = banks;
  }

  async unlock(link: StLink): Promise<void> {
    for (let bank = 0; bank < this.banks; bank++) {
      for (const key of unlockKeys) await link.writeWord(this.register(bank, this.offset.keyr), key);
      await link.writeWord(this.register(bank, this.offset.ccr), this.errors);
    }
  }

  async erase(link: StLink, { index, start }: EraseSector): Promise<void> {
    const bank = this.bankOf(start);
    const select = this.bits.sectorErase | this.bits.doubleWords | ((index % 8) << 8);
    await link.writeWord(this.register(bank, this.offset.cr), select);
    await link.writeWord(this.register(bank, this.offset.cr), select | this.bits.start);
    const status = await waitWhile(link, this.register(bank, this.offset.sr), this.bits.busy);
    if (status & this.errors) throw this.explain(status & this.errors, start);
  }

  async beginProgramming(link: StLink, address: number): Promise<number> {
    const bank = this.bankOf(address);
    await link.writeWord(this.register(bank, this.offset.cr), this.bits.program | this.bits.doubleWords);
    return this.register(bank, this.offset.sr);
  }

  async finish(link: StLink): Promise<void> {
    for (let bank = 0; bank < this.banks; bank++) {
      await link.writeWord(this.register(bank, this.offset.cr), this.bits.lock);
    }
  }

  explain(bits: number, address: number): Error {
    if (bits & (1 << 17)) return writeProtected({ bits, address });
    return flashRefused(`FLASH_SR says 0x${bits.toString(16)} at 0x${address.toString(16)}`, { bits, address });
  }

  private bankOf(address: number): number {
    return address >= 0x08100000 ? 1 : 0;
  }

  private register(bank: number, offset: number): number {
    return this.base + bank * 0x100 + offset;
  }
}

/** The driver of the board's Flash, or null where this probe cannot write it. */
export function driverFor(board: Board): FlashControllerDriver | null {
  const pages = board.flash?.sectors.reduce((sum, run) => sum + run.count, 0) ?? 0;
  switch (board.flash?.controller) {
    case 'stm32f4':
      return new Stm32F4Driver(true);
    case 'stm32f7':
      return new Stm32F4Driver(false);
    case 'stm32l4':
    case 'stm32g4':
      return new Stm32L4Driver(pages / 2);
    case 'stm32h7':
      return new Stm32H7Driver(pages > 8 ? 2 : 1);
    default:
      return null;
  }
}
