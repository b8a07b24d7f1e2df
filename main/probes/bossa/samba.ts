import type { ByteStream } from '../../link/index.ts';
import { probeFailed, probeTimeout, unplugged } from '../errors.ts';

/** What the bootloader of an Arduino Nano 33 BLE adds to Atmel's SAM-BA, one letter each in `[Arduino:IKXYZ]`. */
export interface SambaFeatures {
  readonly identify: boolean;
  readonly reset: boolean;
  readonly erase: boolean;
  readonly writeBuffer: boolean;
  readonly checksum: boolean;
}

const quickMs = 1000;
const slowMs = 30_000;

/**
 * SAM-BA, the text protocol of Arduino's bootloader: commands end in `#`, answers in a line feed and carriage return. The
 * commands are those of BOSSA's `Samba.cpp`. Not verified on hardware here.
 */
export class Samba {
  private readonly stream: ByteStream;
  private received = '';
  private wake: () => void = () => undefined;
  private closedBy: Error | null | undefined;
  private readonly stopListening: () => void;

  constructor(stream: ByteStream) {
    this.stream = stream;
    const stopData = stream.onData((bytes) => {
      this.received += Buffer.from(bytes).toString('latin1');
      this.wake();
    });
    const stopClose = stream.onClose((reason) => {
      this.closedBy = reason;
      this.wake();
    });
    this.stopListening = () => {
      stopData();
      stopClose();
    };
  }

  /** Binary mode, then what this bootloader can do. */
  async start(): Promise<SambaFeatures> {
    await this.command('N', quickMs);
    const version = await this.command('V', quickMs);
    const letters = /\[Arduino:(\w+)\]/.exec(version)?.[1];
    if (letters === undefined)
      throw probeFailed(`The bootloader says "${version}", which is none that we know`, { version });
    const has = (letter: string): boolean => letters.includes(letter);
    return { identify: has('I'), reset: has('K'), erase: has('X'), writeBuffer: has('Y'), checksum: has('Z') };
  }

  /** The chip's full name: `nRF52840-QIAA`. */
  identify(): Promise<string> {
    return this.command('I', quickMs);
  }

  /** Erases the application from `address` on; 0 is the application's first byte. */
  async erase(address: number): Promise<void> {
    await this.acknowledged(`X${hex(address)}`, 'X', slowMs);
  }

  /** Puts bytes into the bootloader's RAM. It answers nothing. */
  async sendToBuffer(buffer: number, bytes: Uint8Array): Promise<void> {
    await this.stream.write(Buffer.from(`S${hex(buffer)},${hex(bytes.length)}#`, 'latin1'));
    await this.stream.write(bytes);
  }

  /** Programs what `sendToBuffer` brought. */
  async program(buffer: number, address: number, length: number): Promise<void> {
    await this.acknowledged(`Y${hex(buffer)},0`, 'Y', quickMs);
    await this.acknowledged(`Y${hex(address)},${hex(length)}`, 'Y', slowMs);
  }

  /** CRC-16 (CCITT polynomial, initial value 0) of Flash. */
  async checksum(address: number, length: number): Promise<number> {
    const answer = await this.command(`Z${hex(address)},${hex(length)}`, slowMs);
    const digits = /^Z([0-9a-fA-F]{8})#?/.exec(answer)?.[1];
    if (digits === undefined)
      throw probeFailed(`The bootloader answered "${answer}" when asked for a checksum`, { answer });
    return parseInt(digits, 16);
  }

  /** Resets into the application; there is no answer. */
  async reset(): Promise<void> {
    await this.stream.write(Buffer.from('K#', 'latin1'));
  }

  stop(): void {
    this.stopListening();
  }

  private async acknowledged(text: string, letter: string, timeoutMs: number): Promise<void> {
    const answer = await this.command(text, timeoutMs);
    if (!answer.startsWith(letter))
      throw probeFailed(`The bootloader answered "${answer}" to ${text}`, { answer, text });
  }

  private async command(text: string, timeoutMs: number): Promise<string> {
    this.received = '';
    await this.stream.write(Buffer.from(`${text}#`, 'latin1'));
    const until = performance.now() + timeoutMs;
    for (;;) {
      const end = this.received.indexOf('\n\r');
      if (end >= 0) return this.received.slice(0, end).replaceAll('\0', '');
      if (this.closedBy !== undefined) throw unplugged({ during: text });
      const left = until - performance.now();
      if (left <= 0) throw probeTimeout(`The bootloader's answer to ${text.slice(0, 1)}`, timeoutMs / 1000, { text });
      await this.news(left);
    }
  }

  private news(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** CRC-16 with polynomial 0x1021, initial value 0, as BOSSA's `crc16Calc`. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc;
}

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
