import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import MemoryMap from 'nrf-intel-hex';

export interface VirtualDriveOptions {
  readonly folder: string;
  readonly label: string;
  readonly mbedCode: string;
  readonly uniqueId?: string;
  readonly flashStart: number;
  readonly flashBytes: number;
  /** What FAIL.TXT will say instead of success. */
  readonly fails?: { readonly error: string; readonly type: string };
  /** Whether the drive stays away after the copy. */
  readonly neverComesBack?: boolean;
}

const enoughQuietLooks = 20;

/**
 * A folder that behaves as the drive of a DAPLink: a file that was copied and closed is written into Flash, the drive goes
 * away and comes back with its own files only, and with FAIL.TXT where it did not work.
 */
export class VirtualDrive {
  readonly options: VirtualDriveOptions;
  readonly flash: Uint8Array;
  flashed = 0;
  private readonly path: string;
  private readonly timer: NodeJS.Timeout;
  private lastSize = -1;
  private quietLooks = 0;

  constructor(options: VirtualDriveOptions) {
    this.options = options;
    this.flash = new Uint8Array(options.flashBytes).fill(0xff);
    this.path = join(options.folder, options.label);
    this.mount();
    this.timer = setInterval(() => {
      this.look();
    }, 15);
  }

  find(): Promise<{ path: string; label: string } | null> {
    return Promise.resolve(existsSync(this.path) ? { path: this.path, label: this.options.label } : null);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private mount(): void {
    const { mbedCode, uniqueId = `${mbedCode}0000000000` } = this.options;
    mkdirSync(this.path, { recursive: true });
    writeFileSync(
      join(this.path, 'MBED.HTM'),
      `<html><a href="https://mbed.com/device/?code=${mbedCode}">mbed</a></html>`,
    );
    writeFileSync(
      join(this.path, 'DETAILS.TXT'),
      `# DAPLink Firmware\r\nUnique ID: ${uniqueId}\r\nInterface Version: 0257\r\n`,
    );
  }

  /** A real drive cannot know when the host is done either; it looks whether anything still comes. */
  private look(): void {
    const name = existsSync(this.path)
      ? readdirSync(this.path).find((entry) => entry.startsWith('firmware.'))
      : undefined;
    if (name === undefined) return;
    const bytes = readFileSync(join(this.path, name));
    const stillGrowing = bytes.length !== this.lastSize;
    this.lastSize = bytes.length;
    this.quietLooks = stillGrowing ? 0 : this.quietLooks + 1;
    // A busy machine may pause in the middle of a copy; a HEX file says itself where it ends.
    const complete = name.endsWith('.hex') ? bytes.includes(':00000001FF') : this.quietLooks >= enoughQuietLooks;
    if (stillGrowing || bytes.length === 0 || !complete) return;
    this.lastSize = -1;
    this.quietLooks = 0;
    this.write(name, bytes);
    rmSync(this.path, { recursive: true });
    if (this.options.neverComesBack) return;
    setTimeout(() => {
      this.mount();
      const { fails } = this.options;
      if (fails) writeFileSync(join(this.path, 'FAIL.TXT'), `error: ${fails.error}\r\ntype: ${fails.type}\r\n`);
    }, 250);
  }

  private write(name: string, bytes: Buffer): void {
    // A copy that was broken off has no end record: a real drive gives up on it and mounts anew, too.
    const whole = name.endsWith('.bin') || bytes.includes(':00000001FF');
    if (this.options.fails || !whole) return;
    this.flashed += 1;
    if (name.endsWith('.bin')) {
      this.flash.set(bytes, 0);
      return;
    }
    for (const [address, block] of MemoryMap.fromHex(bytes.toString('latin1'))) {
      this.flash.set(block, address - this.options.flashStart);
    }
  }
}
