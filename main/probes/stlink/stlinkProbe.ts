import type { Board } from '../../boards/index.ts';
import { StudioError, type LongCall } from '../../contract/index.ts';
import {
  assertFlashable,
  assertUnlockable,
  identityOf,
  idRegisters,
  protectionByteOf,
  type ChipReadings,
} from '../chipFacts.ts';
import { noTargetVoltage, probeAborted, probeFailed, probeUnsupported, targetLost, verifyFailed } from '../errors.ts';
import { assertFits, imageBytes, sliceBySectors, type Slice } from '../image.ts';
import type { ChipIdentity, FlashImage, Probe } from '../probe.ts';
import { Core } from './core.ts';
import { driverFor, type FlashControllerDriver } from './flashControllers.ts';
import { liftReadProtection } from './optionBytes.ts';
import { MemoryFault, StLink } from './stlink.ts';
import type { UsbPipe } from './usbPipe.ts';

export interface StLinkProbeOptions {
  readonly board: Board;
  readonly serial: string;
  /** Opens and claims the device; the probe closes what it opened. */
  readonly open: () => Promise<UsbPipe>;
  readonly findSerialPath?: () => Promise<string | null>;
}

const leastVolts = 1;
const sliceBytes = 64 * 1024;
/** RAM for the loader and its stack; two buffers follow. */
const loaderBytes = 1024;
const largestBuffer = 16 * 1024;
const blockTimeoutMs = 5000;

/** A block that is in RAM, or will be, and where in Flash it belongs. */
interface Block {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Flashes an STM32 through its ST-Link alone: no other program is needed. */
export class StLinkProbe implements Probe {
  readonly selector: string;
  readonly board: Board;
  private readonly options: StLinkProbeOptions;
  private busy: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(options: StLinkProbeOptions) {
    this.options = options;
    this.board = options.board;
    this.selector = `stlink:${options.serial}`;
  }

  identify(): Promise<ChipIdentity> {
    return this.connected(async (link) => identityOf(this.board, await this.read(link)));
  }

  async flash(image: FlashImage, given: LongCall = {}): Promise<void> {
    const signals = [this.closing.signal, ...(given.signal === undefined ? [] : [given.signal])];
    const call = { ...given, signal: AbortSignal.any(signals) };
    const driver = driverFor(this.board);
    if (driver === null) {
      throw probeUnsupported(
        `Our own ST-Link driver does not know the Flash of ${this.board.mcu}.`,
        'Flash this board through OpenOCD.',
      );
    }
    assertFits(this.board, image);
    await this.connected(async (link) => {
      const readings = await this.read(link);
      const identity = assertFlashable(this.board, readings);
      assertFits(this.board, image, identity.flashBytes);
      if ((readings.volts ?? 0) < driver.minimumVolts) throw noTargetVoltage(readings.volts ?? 0);
      const core = new Core(link);
      const slices = sliceBySectors(this.board, image, sliceBytes);
      try {
        await core.resetAndHalt();
        try {
          await driver.unlock(link);
          await erase(link, driver, slices, call);
          await program(link, core, driver, this.workArea(), slices, call);
        } finally {
          // Best effort: where the cable is gone, the first error is the one that counts.
          await driver.finish(link).catch(() => undefined);
        }
        await verify(link, image, call);
        await core.resetAndRun();
      } catch (error) {
        // It did answer when it was asked who it is.
        const lost = error instanceof StudioError && error.code === 'probe.no-target';
        throw lost ? targetLost({ ...error.details }) : error;
      }
    });
  }

  /** Erases all of Flash and lifts readout protection. Whoever calls this has had it confirmed. */
  unlock(): Promise<void> {
    return this.connected(async (link) => {
      assertUnlockable(this.board, await this.read(link));
      await new Core(link).resetAndHalt();
      await liftReadProtection(link, this.board);
      await new Core(link).resetAndRun();
    });
  }

  reset(): Promise<void> {
    return this.connected((link) => new Core(link).resetAndRun());
  }

  serialPath(): Promise<string | null> {
    return this.options.findSerialPath?.() ?? Promise.resolve(null);
  }

  /** Work that is under way is stopped at its next step, and waited for: the probe is let go in order. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.busy;
  }

  /** The first RAM, which every family can run code from. */
  private workArea(): { start: number; bytes: number } {
    const ram = this.board.memory.find((region) => region.kind === 'ram' && region.start >= 0x20000000);
    return { start: ram?.start ?? 0x20000000, bytes: ram?.sizeBytes ?? 0 };
  }

  /** One piece of work at a time, each from opening the probe to leaving it. */
  private connected<T>(work: (link: StLink) => Promise<T>): Promise<T> {
    const mine = this.busy.then(
      () => this.session(work),
      () => this.session(work),
    );
    this.busy = mine.catch(() => undefined);
    return mine;
  }

  private async session<T>(work: (link: StLink) => Promise<T>): Promise<T> {
    const pipe = await this.options.open();
    const link = new StLink(pipe);
    try {
      const volts = await link.targetVolts();
      if (volts < leastVolts) throw noTargetVoltage(volts);
      await link.enterDebug();
      return await work(link);
    } catch (error) {
      throw error instanceof MemoryFault ? unexpectedFault(error) : error;
    } finally {
      await link.exitDebug().catch(() => undefined);
      await pipe.close();
    }
  }

  private async read(link: StLink): Promise<ChipReadings> {
    const own = this.board.chip;
    const registers = [...new Set([...(own === null ? [] : [own.idRegister]), ...idRegisters])];
    let told: { register: number; word: number } | null = null;
    for (const register of registers) {
      const word = await readIfThere(link, register);
      if (word === null || word === 0 || word === 0xffffffff) continue;
      told = { register, word };
      break;
    }
    const sizeRegister = own?.flashSizeRegister ?? null;
    const protection = protectionByteOf(this.board);
    const matches = told?.register === own?.idRegister;
    return {
      idRegister: told?.register ?? null,
      idWord: told?.word ?? null,
      flashSizeWord: matches && sizeRegister !== null ? await readIfThere(link, sizeRegister & ~3) : null,
      protectionWord: matches && protection !== null ? await readIfThere(link, protection.register) : null,
      volts: await link.targetVolts(),
    };
  }
}

async function readIfThere(link: StLink, address: number): Promise<number | null> {
  try {
    return await link.readWord(address);
  } catch (error) {
    if (error instanceof MemoryFault) return null;
    throw error;
  }
}

async function erase(
  link: StLink,
  driver: FlashControllerDriver,
  slices: readonly Slice[],
  call: LongCall,
): Promise<void> {
  const sectors = slices.flatMap((slice) => slice.sectors);
  const total = sectors.reduce((sum, sector) => sum + sector.bytes, 0);
  let done = 0;
  for (const sector of sectors) {
    assertNotAborted(call);
    await driver.erase(link, sector);
    done += sector.bytes;
    call.onProgress?.({ stage: 'erasing', done, total, remainingMs: null });
  }
}

/** Writes block after block: while the chip programs one from RAM, the next goes into the other half of RAM. */
async function program(
  link: StLink,
  core: Core,
  driver: FlashControllerDriver,
  ram: { start: number; bytes: number },
  slices: readonly Slice[],
  call: LongCall,
): Promise<void> {
  const { words, unitBytes } = driver.loader;
  await link.writeMemory(ram.start, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
  const bufferBytes = Math.min(largestBuffer, ((ram.bytes - loaderBytes) >>> 1) & ~31);
  const blocks = slices.flatMap((slice) => blocksOf(slice, bufferBytes, unitBytes));
  const total = slices.reduce((sum, slice) => sum + slice.bytes.length, 0);
  let running: Block | null = null;
  let done = 0;
  for (const [at, block] of blocks.entries()) {
    assertNotAborted(call);
    const buffer = ram.start + loaderBytes + (at % 2) * bufferBytes;
    await link.writeMemory(buffer, block.bytes);
    if (running !== null) await finishBlock(core, driver, running);
    const statusRegister = await driver.beginProgramming(link, block.address);
    const units = block.bytes.length / unitBytes;
    await core.call(ram.start, ram.start + loaderBytes, [buffer, block.address, units, statusRegister]);
    running = block;
    done += block.bytes.length;
    call.onProgress?.({ stage: 'writing', done: Math.min(done, total), total, remainingMs: null });
  }
  if (running !== null) await finishBlock(core, driver, running);
}

async function finishBlock(core: Core, driver: FlashControllerDriver, block: Block): Promise<void> {
  const errors = await core.result(blockTimeoutMs);
  if (errors !== 0) throw driver.explain(errors, block.address);
}

/** Pieces that start and end where the controller programs whole units; the padding is what erased Flash reads as. */
function blocksOf(slice: Slice, bufferBytes: number, unitBytes: number): Block[] {
  const start = slice.address - (slice.address % unitBytes);
  const length = slice.address + slice.bytes.length - start;
  const padded = new Uint8Array(Math.ceil(length / unitBytes) * unitBytes).fill(0xff);
  padded.set(slice.bytes, slice.address - start);
  const blocks: Block[] = [];
  for (let at = 0; at < padded.length; at += bufferBytes) {
    blocks.push({ address: start + at, bytes: padded.subarray(at, at + bufferBytes) });
  }
  return blocks;
}

async function verify(link: StLink, image: FlashImage, call: LongCall): Promise<void> {
  const total = imageBytes(image);
  const step = 8 * 1024;
  let done = 0;
  for (const { address, bytes } of image.segments) {
    for (let at = 0; at < bytes.length; at += step) {
      assertNotAborted(call);
      const wanted = bytes.subarray(at, at + step);
      // Reads start at words; what lies before a segment's first byte is not compared.
      const lead = (address + at) % 4;
      const found = (await link.readMemory(address + at - lead, wanted.length + lead)).subarray(lead);
      const different = wanted.findIndex((byte, index) => byte !== found[index]);
      if (different >= 0) {
        const where = address + at + different;
        throw verifyFailed({ address: where, wrote: wanted[different], read: found[different] });
      }
      done += wanted.length;
      call.onProgress?.({ stage: 'verifying', done, total, remainingMs: null });
    }
  }
}

function assertNotAborted(call: LongCall): void {
  if (call.signal?.aborted) throw probeAborted('Flashing');
}

function unexpectedFault(fault: MemoryFault): StudioError {
  return probeFailed('Memory that this chip must have did not answer', { address: fault.address });
}
