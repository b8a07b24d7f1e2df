import type { ByteStream } from '../../../main/link/index.ts';
import { crc16 } from '../../../main/probes/bossa/samba.ts';

export interface VirtualBootloaderOptions {
  readonly chip: string;
  readonly features: string;
  readonly badCell: number | null;
  readonly flashBytes: number;
}

const defaults: VirtualBootloaderOptions = {
  chip: 'nRF52840-QIAA',
  features: 'IKXYZ',
  badCell: null,
  flashBytes: 960 * 1024,
};

/** Arduino's bootloader at the other end of a serial port, as far as BOSSA's `Samba.cpp` shows what it must understand. */
export class VirtualBootloader implements ByteStream {
  readonly options: VirtualBootloaderOptions;
  readonly flash: Uint8Array;
  erases = 0;
  resets = 0;
  /** After that many pages the cable is pulled. */
  unplugAfterPages: number | null = null;
  private pages = 0;
  private readonly ram = new Uint8Array(16 * 1024);
  private source = 0;
  private pending = Buffer.alloc(0);
  private receiving: { address: number; left: number } | null = null;
  private dataListeners: ((bytes: Uint8Array) => void)[] = [];
  private closeListeners: ((reason: Error | null) => void)[] = [];

  constructor(options: Partial<VirtualBootloaderOptions> = {}) {
    this.options = { ...defaults, ...options };
    this.flash = new Uint8Array(this.options.flashBytes).fill(0xff);
  }

  write(bytes: Uint8Array): Promise<void> {
    this.pending = Buffer.concat([this.pending, bytes]);
    while (this.step());
    return Promise.resolve();
  }

  onData(listener: (bytes: Uint8Array) => void): () => void {
    this.dataListeners.push(listener);
    return () => {
      this.dataListeners = this.dataListeners.filter((other) => other !== listener);
    };
  }

  onClose(listener: (reason: Error | null) => void): () => void {
    this.closeListeners.push(listener);
    return () => {
      this.closeListeners = this.closeListeners.filter((other) => other !== listener);
    };
  }

  setBaudRate(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private step(): boolean {
    if (this.receiving !== null) return this.receive(this.receiving);
    const end = this.pending.indexOf('#');
    if (end < 0) return false;
    const text = this.pending.subarray(0, end).toString('latin1');
    this.pending = this.pending.subarray(end + 1);
    this.command(
      text.slice(0, 1),
      text
        .slice(1)
        .split(',')
        .map((part) => parseInt(part || '0', 16)),
    );
    return true;
  }

  private receive(into: { address: number; left: number }): boolean {
    const piece = this.pending.subarray(0, into.left);
    if (piece.length === 0) return false;
    this.ram.set(piece, into.address);
    this.pending = this.pending.subarray(piece.length);
    this.receiving =
      piece.length < into.left ? { address: into.address + piece.length, left: into.left - piece.length } : null;
    return true;
  }

  private command(letter: string, [first = 0, second = 0]: readonly number[]): void {
    if (letter === 'N') this.say('');
    else if (letter === 'V') this.say(`Arduino Bootloader (SAM-BA extended) 2.0 [Arduino:${this.options.features}]`);
    else if (letter === 'I') this.say(this.options.chip);
    else if (letter === 'S') this.receiving = { address: first, left: second };
    else if (letter === 'X') {
      this.flash.fill(0xff, first);
      this.erases += 1;
      this.say('X');
    } else if (letter === 'Y') this.program(first, second);
    else if (letter === 'Z') {
      const sum = crc16(this.flash.subarray(first, first + second));
      this.say(`Z${sum.toString(16).toUpperCase().padStart(8, '0')}#`);
    } else if (letter === 'K') this.resets += 1;
  }

  private program(first: number, length: number): void {
    if (length === 0) this.source = first;
    else {
      for (let at = 0; at < length; at++) {
        const spoiled = this.options.badCell === first + at ? 0x10 : 0;
        this.flash[first + at] = (this.flash[first + at] ?? 0) & ((this.ram[this.source + at] ?? 0) ^ spoiled);
      }
      this.pages += 1;
      if (this.unplugAfterPages !== null && this.pages >= this.unplugAfterPages) {
        this.pages = 0;
        this.unplugAfterPages = null;
        for (const listener of this.closeListeners) listener(new Error('disconnected'));
        return;
      }
    }
    this.say('Y');
  }

  private say(text: string): void {
    setImmediate(() => {
      for (const listener of this.dataListeners) listener(Buffer.from(`${text}\n\r`, 'latin1'));
    });
  }
}
