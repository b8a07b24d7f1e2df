import { noTarget, probeFailed, probeUnsupported } from '../errors.ts';
import { command, debug, enterSwdWithoutReset, mode, status, statusNames } from './protocol.ts';
import type { UsbPipe } from './usbPipe.ts';

const timeoutMs = 2000;
/**
 * Bytes of one memory transfer. The access port's address counter is only sure to count within 1 KiB (Arm IHI 0031E
 * C2.2.2), so a transfer does not cross such a border.
 */
const transferBytes = 1024;
const waitRetries = 8;

export interface StLinkVersion {
  readonly generation: number;
  /** Firmware of the debug part: 37 in V2J37. */
  readonly jtag: number;
}

/** An address that did not answer. */
export class MemoryFault extends Error {
  readonly address: number;

  constructor(address: number) {
    super(`nothing answers at 0x${(address >>> 0).toString(16)}`);
    this.address = address;
  }
}

/** One ST-Link, spoken to directly: version, voltage, memory and registers of the chip behind it. */
export class StLink {
  private readonly pipe: UsbPipe;

  constructor(pipe: UsbPipe) {
    this.pipe = pipe;
  }

  async version(): Promise<StLinkVersion> {
    const short = view(await this.exchange([...command.version], 6));
    const packed = short.getUint16(0, false);
    const generation = packed >>> 12;
    if (generation < 3) return { generation, jtag: (packed >>> 6) & 0x3f };
    const long = view(await this.exchange([...command.versionV3], 12));
    return { generation: long.getUint8(0), jtag: long.getUint8(2) };
  }

  /** Volts at the chip: twice 1.2 V times the ratio of the two conversions. */
  async targetVolts(): Promise<number> {
    const reply = view(await this.exchange([...command.targetVoltage], 8));
    const reference = reply.getUint32(0, true);
    return reference === 0 ? 0 : Math.round((2400 * reply.getUint32(4, true)) / reference) / 1000;
  }

  /**
   * Takes the probe from whatever mode it is in to debugging over SWD, without resetting the chip.
   * @throws StudioError `probe.no-target`, `probe.unsupported` (a probe too old for this protocol)
   */
  async enterDebug(): Promise<void> {
    const { generation, jtag } = await this.version();
    if (generation < 2 || (generation === 2 && jtag < 14)) {
      throw probeUnsupported(
        `This ST-Link has firmware V${generation}J${jtag}, which is too old.`,
        "Update the probe's firmware with ST's STSW-LINK007.",
        { generation, jtag },
      );
    }
    const current = (await this.exchange([...command.currentMode], 2))[0];
    if (current === mode.firmwareUpdate) await this.pipe.send(block([...command.leaveFirmwareUpdate]), timeoutMs);
    await this.setFrequency(generation, jtag);
    const reply = await this.exchange([command.debug, debug.enter, enterSwdWithoutReset], 2);
    if (reply[0] !== status.ok) throw noTarget({ status: nameOf(reply[0]) });
  }

  /** Leaves debugging: the chip runs on as it is. */
  async exitDebug(): Promise<void> {
    await this.pipe.send(block([command.debug, debug.exit]), timeoutMs);
  }

  async readRegister(index: number): Promise<number> {
    const reply = await this.checked([command.debug, debug.readRegister, index], 8);
    return view(reply).getUint32(4, true);
  }

  async writeRegister(index: number, value: number): Promise<void> {
    await this.checked([command.debug, debug.writeRegister, index, ...word(value)], 2);
  }

  /** One word, wherever it is: the fastest way to a peripheral's register. */
  async readWord(address: number): Promise<number> {
    const reply = await this.checked([command.debug, debug.readDebugRegister, ...word(address)], 8, address);
    return view(reply).getUint32(4, true);
  }

  async writeWord(address: number, value: number): Promise<void> {
    await this.checked([command.debug, debug.writeDebugRegister, ...word(address), ...word(value)], 2, address);
  }

  /** Any number of bytes from a word-aligned address. */
  async readMemory(address: number, length: number): Promise<Uint8Array> {
    const padded = (length + 3) & ~3;
    const bytes = new Uint8Array(padded);
    for (const [at, size] of pieces(address, padded)) {
      const block32 = [command.debug, debug.readWords, ...word(address + at), size & 0xff, size >>> 8];
      bytes.set(await this.exchange(block32, size), at);
      await this.assertDone(address + at);
    }
    return bytes.subarray(0, length);
  }

  /** Bytes to a word-aligned address; a last incomplete word is filled with 0xFF. */
  async writeMemory(address: number, bytes: Uint8Array): Promise<void> {
    const padded = new Uint8Array((bytes.length + 3) & ~3).fill(0xff);
    padded.set(bytes);
    for (const [at, size] of pieces(address, padded.length)) {
      const block32 = [command.debug, debug.writeWords, ...word(address + at), size & 0xff, size >>> 8];
      await this.pipe.send(block(block32), timeoutMs);
      await this.pipe.send(padded.subarray(at, at + size), timeoutMs);
      await this.assertDone(address + at);
    }
  }

  /** The reset pin: 0 low, 1 high, 2 a pulse. */
  async driveReset(level: 0 | 1 | 2): Promise<void> {
    await this.checked([command.debug, debug.driveReset, level], 2);
  }

  private async setFrequency(generation: number, jtag: number): Promise<void> {
    if (generation >= 3) {
      const kilohertz = 3300;
      await this.exchange([command.debug, debug.setFrequency, 0, 0, ...word(kilohertz)], 8);
    } else if (jtag >= 22) {
      const divisorFor1800kHz = 1;
      await this.exchange([command.debug, debug.setSwdDivisor, divisorFor1800kHz, 0], 2);
    }
  }

  /** How the last memory transfer went; it is a command of its own. */
  private async assertDone(address: number): Promise<void> {
    const reply = await this.exchange([command.debug, debug.lastStatus], 12);
    const code = reply[0] ?? 0;
    if (code === status.ok) return;
    if (code === status.apFault) throw new MemoryFault(address);
    throw this.refused(code, address);
  }

  /** A command whose first byte of answer is a status; "wait" is asked again a few times. */
  private async checked(bytes: number[], size: number, address?: number): Promise<Uint8Array> {
    for (let attempt = 0; ; attempt++) {
      const reply = await this.exchange(bytes, size);
      const code = reply[0] ?? 0;
      if (code === status.ok) return reply;
      if (code === status.apFault && address !== undefined) throw new MemoryFault(address);
      const waits = code === status.apWait || code === status.dpWait;
      if (!waits || attempt >= waitRetries) throw this.refused(code, address);
    }
  }

  private refused(code: number, address?: number): Error {
    const details = { status: nameOf(code), address };
    // Whatever a debug port cannot say anything to is not wired, not powered or held in reset.
    if (code === status.noDevice || (code >= 0x12 && code <= 0x18)) return noTarget(details);
    return probeFailed(`The ST-Link answered with status ${nameOf(code)}`, details);
  }

  private async exchange(bytes: number[], size: number): Promise<Uint8Array> {
    await this.pipe.send(block(bytes), timeoutMs);
    const reply = await this.pipe.receive(size, timeoutMs);
    if (reply.length < size)
      throw probeFailed(`The ST-Link answered ${reply.length} of ${size} bytes`, { command: bytes });
    return reply.subarray(0, size);
  }
}

/** Offsets and sizes that do not cross a border of `transferBytes`. */
function* pieces(address: number, length: number): Generator<[offset: number, size: number]> {
  for (let at = 0; at < length;) {
    const size = Math.min(length - at, transferBytes - ((address + at) % transferBytes));
    yield [at, size];
    at += size;
  }
}

function block(bytes: readonly number[]): Uint8Array {
  const padded = new Uint8Array(16);
  padded.set(bytes);
  return padded;
}

function word(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function nameOf(code: number | undefined): string {
  return statusNames.get(code ?? -1) ?? `0x${(code ?? 0).toString(16)}`;
}
