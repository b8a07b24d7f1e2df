import { open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import MemoryMap from 'nrf-intel-hex';
import type { Board, ProbeDrive } from '../../boards/index.ts';
import { readDrive } from '../../boards/index.ts';
import { StudioError, type LongCall } from '../../contract/index.ts';
import {
  driveRefused,
  imageTooLarge,
  probeAborted,
  probeFailed,
  probeNotFound,
  probeNotPermitted,
  probeTimeout,
  probeUnsupported,
  unplugged,
  wrongChip,
} from '../errors.ts';
import { assertFits, imageBytes } from '../image.ts';
import type { ChipIdentity, FlashImage, Probe } from '../probe.ts';

export interface DriveProbeOptions {
  readonly board: Board;
  /** Where the drive is now, or null while it is away; the path may differ after it was mounted again. */
  readonly find: () => Promise<{ readonly path: string; readonly label: string } | null>;
  readonly serial?: string | null;
  readonly findSerialPath?: () => Promise<string | null>;
  /** How long the drive may take to come back after the copy. */
  readonly remountMs?: number;
}

const chunkBytes = 16 * 1024;
const lookEveryMs = 100;

/**
 * Flashes by copying a file to the drive that the probe shows (DAPLink, ST-Link, J-Link on a devkit). The probe writes and
 * verifies by itself, takes the drive away and brings it back: with FAIL.TXT when it did not work. So "reads back equal" is
 * the probe's word here; the build id that the new firmware reports is the proof.
 */
export class DriveProbe implements Probe {
  readonly selector: string;
  readonly board: Board;
  private readonly options: DriveProbeOptions;
  private started = false;

  constructor(options: DriveProbeOptions) {
    this.options = options;
    this.board = options.board;
    this.selector = `drive:${options.serial ?? options.board.id}`;
  }

  async identify(): Promise<ChipIdentity> {
    const drive = await this.drive();
    const fits = this.isBoards(drive);
    const name = fits === true ? this.board.mcu : `that of the board with code ${drive.mbedCode ?? 'unknown'}`;
    return { id: null, name, flashBytes: null, targetVolts: null, protection: 'unknown' };
  }

  async flash(image: FlashImage, call: LongCall = {}): Promise<void> {
    assertFits(this.board, image);
    const drive = await this.drive();
    if (this.isBoards(drive) === false) {
      throw wrongChip(this.board, `that of the board with code ${drive.mbedCode ?? '?'} (drive ${drive.label})`, {
        mbedCode: drive.mbedCode,
      });
    }
    const file = encode(this.board, image);
    const leftovers = join(drive.path, 'FAIL.TXT');
    // A FAIL.TXT from an earlier try must not be read as the answer to this one. On a real drive this has no effect.
    await rm(leftovers, { force: true }).catch(() => undefined);
    await this.copy(drive, file, call);
    await this.awaitVerdict(drive, call);
    this.started = true;
    call.onProgress?.({ stage: 'verifying', done: imageBytes(image), total: imageBytes(image), remainingMs: null });
  }

  /** The probe starts what it has written; on other occasions a drive offers no way to. */
  reset(): Promise<void> {
    if (this.started) return Promise.resolve();
    return Promise.reject(
      probeUnsupported('A drive to copy to cannot reset the chip.', 'Press the reset button of the board.'),
    );
  }

  serialPath(): Promise<string | null> {
    return this.options.findSerialPath?.() ?? Promise.resolve(null);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async drive(): Promise<ProbeDrive> {
    const found = await this.options.find();
    const drive = found === null ? null : readDrive(found.path, found.label);
    if (drive === null) throw probeNotFound(`drive of ${this.board.name}`);
    return drive;
  }

  /** True and false where code or label tell, null where neither does. */
  private isBoards(drive: ProbeDrive): boolean | null {
    if (drive.mbedCode !== null && this.board.mbedCodes.length > 0)
      return this.board.mbedCodes.includes(drive.mbedCode);
    const labels = this.board.probes.flatMap((probe) => (probe.kind === 'drive' ? probe.volumeLabels : []));
    return labels.includes(drive.label) ? true : null;
  }

  private async copy(drive: ProbeDrive, file: { name: string; bytes: Uint8Array }, call: LongCall): Promise<void> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(join(drive.path, file.name), 'w');
      for (let at = 0; at < file.bytes.length; at += chunkBytes) {
        if (call.signal?.aborted) throw probeAborted('Flashing');
        const chunk = file.bytes.subarray(at, at + chunkBytes);
        await handle.write(chunk);
        const done = at + chunk.length;
        call.onProgress?.({ stage: 'writing', done, total: file.bytes.length, remainingMs: null });
      }
      // Without this the system may keep the file to itself for half a minute.
      await handle.sync();
    } catch (error) {
      throw explainCopyError(error, this.board, file.bytes.length);
    } finally {
      // The drive often vanishes before the file is closed; the verdict is what comes back.
      await handle?.close().catch(() => undefined);
    }
  }

  /** Waits for the drive to go and to come back, or for FAIL.TXT. */
  private async awaitVerdict(before: ProbeDrive, call: LongCall): Promise<void> {
    const { remountMs = 30_000 } = this.options;
    const until = performance.now() + remountMs;
    let wasAway = false;
    while (performance.now() < until) {
      if (call.signal?.aborted) throw probeAborted('Flashing');
      const found = await this.options.find();
      const drive = found === null ? null : readDrive(found.path, found.label);
      if (drive === null) wasAway = true;
      else if (drive.failure !== null) throw driveRefused(drive.failure.error, drive.failure.type);
      else if (wasAway) return;
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    throw wasAway ? unplugged({ drive: before.path }) : probeTimeout('Flashing through the drive', remountMs / 1000);
  }
}

/** An ST-Link takes a plain binary, which starts where Flash starts; the others take Intel HEX, which says where. */
function encode(board: Board, image: FlashImage): { name: string; bytes: Uint8Array } {
  const start = board.memory.find((region) => region.kind === 'flash')?.start ?? 0;
  if (board.family.startsWith('stm32')) {
    const end = Math.max(...image.segments.map((segment) => segment.address + segment.bytes.length));
    const bytes = new Uint8Array(end - start).fill(0xff);
    for (const segment of image.segments) bytes.set(segment.bytes, segment.address - start);
    return { name: 'firmware.bin', bytes };
  }
  const map = new MemoryMap();
  for (const segment of image.segments) map.set(segment.address, segment.bytes);
  return { name: 'firmware.hex', bytes: Buffer.from(map.asHexString()) };
}

function explainCopyError(error: unknown, board: Board, bytes: number): unknown {
  if (error instanceof StudioError) return error;
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return probeNotPermitted('drive of the board');
  if (code === 'ENOSPC') return imageTooLarge(board, bytes, 0);
  if (code === 'ENOENT' || code === 'EIO' || code === 'ENODEV' || code === 'ENXIO') return unplugged({ code });
  if (code === undefined) return error;
  return probeFailed(`Copying to the drive failed: ${code}`, { code }, error);
}
