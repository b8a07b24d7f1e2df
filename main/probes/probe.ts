import type { LongCall } from '../contract/index.ts';
import type { Board } from '../boards/index.ts';

/** Who the chip at the end of the cable says it is. */
export interface ChipIdentity {
  /** As read: DBGMCU dev_id, FICR part, or null where this probe cannot ask (a drive to copy to). */
  readonly id: number | null;
  /** The chip's usual name, as far as the identity tells. */
  readonly name: string;
  readonly flashBytes: number | null;
  readonly targetVolts: number | null;
  readonly protection: 'none' | 'read' | 'write' | 'unknown';
}

/** A linked image, ready to be written: pieces of Flash in ascending order. */
export interface FlashImage {
  readonly segments: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  /** Where it came from, for messages. */
  readonly file: string;
}

/**
 * What writes an image into one board. One probe object is one device (or one QEMU), claimed until `close`.
 * Guarantees for every implementation, held by the contract suite in `test/probes`:
 * - `flash` identifies the chip first and erases nothing where it is not the board's;
 * - `flash` resolves only when what was written reads back equal;
 * - every call ends, within the time it states or by its signal; an aborted flash leaves a board that can be flashed again;
 * - failures are `StudioError`s whose code starts with `probe.`.
 */
export interface Probe {
  /** A text form that finds the same probe again: `stlink:066DFF…`, `qemu:virtual-stm32f405`. */
  readonly selector: string;
  readonly board: Board;
  identify(): Promise<ChipIdentity>;
  /** Erase, write, verify; reports bytes. */
  flash(image: FlashImage, call?: LongCall): Promise<void>;
  /**
   * Erases all of Flash and so lifts readout protection; absent where this probe cannot. Only ever called after the user
   * typed a confirmation.
   */
  unlock?(call?: LongCall): Promise<void>;
  /** Starts what is in Flash from its reset vector. */
  reset(): Promise<void>;
  /** The path of the serial port on which the running firmware answers, or null where it is not known. */
  serialPath(): Promise<string | null>;
  /** Idempotent; leaves no process and no claim behind. */
  close(): Promise<void>;
}
