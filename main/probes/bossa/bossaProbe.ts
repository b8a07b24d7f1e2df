import type { Board } from '../../boards/index.ts';
import type { LongCall } from '../../contract/index.ts';
import type { ByteStream } from '../../link/index.ts';
import { flashRefused, probeAborted, probeNotFound, probeUnsupported, verifyFailed, wrongChip } from '../errors.ts';
import { assertFits, imageBytes } from '../image.ts';
import type { ChipIdentity, FlashImage, Probe } from '../probe.ts';
import { crc16, Samba } from './samba.ts';

/** The ports of the board, before and after its bootloader took over. */
export interface BossaPorts {
  /** Where the running sketch's USB serial port is, or null where the board shows none. */
  sketch(): Promise<string | null>;
  /** Where the bootloader's serial port is, or null as long as it is not there. */
  bootloader(): Promise<string | null>;
  /** Opens a port at 1200 baud and closes it: Arduino's way of asking for the bootloader. */
  touch(path: string): Promise<void>;
  open(path: string): Promise<ByteStream>;
}

export interface BossaProbeOptions {
  readonly board: Board;
  readonly serial: string;
  readonly ports: BossaPorts;
  readonly findSerialPath?: () => Promise<string | null>;
  /** How long the board may take to appear again as its bootloader. */
  readonly bootloaderMs?: number;
}

/** RAM of the bootloader where BOSSA keeps the page that is to be written (its first buffer, behind an applet of 52 bytes). */
const pageBuffer = 0x34;
const pageBytes = 4096;

/** Flashes an Arduino Nano 33 BLE through its own bootloader: no debug probe is needed, and none is there. */
export class BossaProbe implements Probe {
  readonly selector: string;
  readonly board: Board;
  private readonly options: BossaProbeOptions;

  constructor(options: BossaProbeOptions) {
    this.options = options;
    this.board = options.board;
    this.selector = `arduino:${options.serial}`;
  }

  identify(): Promise<ChipIdentity> {
    return this.withBootloader(async (samba) => this.identityOf(await samba.identify()));
  }

  async flash(image: FlashImage, call: LongCall = {}): Promise<void> {
    assertFits(this.board, image);
    await this.withBootloader(async (samba, canVerify) => {
      const identity = this.identityOf(await samba.identify());
      if (!identity.name.startsWith(this.board.mcu)) throw wrongChip(this.board, identity.name);
      const application = flatten(image, this.start);
      await samba.erase(0);
      await this.write(samba, application, call);
      if (!canVerify) throw flashRefused('its bootloader is too old to verify what was written');
      const found = await samba.checksum(0, application.length);
      if (found !== crc16(application)) throw verifyFailed({ wanted: crc16(application), found });
      call.onProgress?.({ stage: 'verifying', done: imageBytes(image), total: imageBytes(image), remainingMs: null });
      await samba.reset();
    });
  }

  reset(): Promise<void> {
    return this.withBootloader((samba) => samba.reset());
  }

  serialPath(): Promise<string | null> {
    return this.options.findSerialPath?.() ?? Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private get start(): number {
    return this.board.memory.find((region) => region.kind === 'flash')?.start ?? 0;
  }

  private identityOf(name: string): ChipIdentity {
    return { id: null, name: name.split('-')[0] ?? name, flashBytes: null, targetVolts: null, protection: 'unknown' };
  }

  private async write(samba: Samba, application: Uint8Array, call: LongCall): Promise<void> {
    for (let at = 0; at < application.length; at += pageBytes) {
      if (call.signal?.aborted) throw probeAborted('Flashing');
      const page = application.subarray(at, at + pageBytes);
      await samba.sendToBuffer(pageBuffer, page);
      await samba.program(pageBuffer, at, page.length);
      const done = Math.min(at + pageBytes, application.length);
      call.onProgress?.({ stage: 'writing', done, total: application.length, remainingMs: null });
    }
  }

  private async withBootloader<T>(work: (samba: Samba, canVerify: boolean) => Promise<T>): Promise<T> {
    const stream = await this.options.ports.open(await this.enterBootloader());
    const samba = new Samba(stream);
    try {
      const features = await samba.start();
      if (!features.identify || !features.erase || !features.writeBuffer || !features.reset) {
        throw probeUnsupported(
          'The bootloader on this Arduino is too old to be written through.',
          "Update it with the example sketch Nano33_updateBLandSoftDevice of Arduino's boards package.",
          { features },
        );
      }
      return await work(samba, features.checksum);
    } finally {
      samba.stop();
      await stream.close();
    }
  }

  private async enterBootloader(): Promise<string> {
    const { ports, bootloaderMs = 10_000 } = this.options;
    const there = await ports.bootloader();
    if (there !== null) return there;
    const sketch = await ports.sketch();
    if (sketch === null) throw probeNotFound(this.board.name);
    await ports.touch(sketch);
    const until = performance.now() + bootloaderMs;
    for (;;) {
      const path = await ports.bootloader();
      if (path !== null) return path;
      if (performance.now() > until) throw noBootloader(this.board);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

function noBootloader(board: Board): Error {
  return probeUnsupported(
    `${board.name} did not start its bootloader when asked to.`,
    'Press its reset button twice quickly (the orange light fades in and out) and try again.',
  );
}

/** One stretch from the first byte of Flash, with the gaps as erased Flash reads. */
function flatten(image: FlashImage, start: number): Uint8Array {
  const end = Math.max(...image.segments.map((segment) => segment.address + segment.bytes.length));
  const bytes = new Uint8Array(end - start).fill(0xff);
  for (const segment of image.segments) bytes.set(segment.bytes, segment.address - start);
  return bytes;
}
