import type { ErrorReport } from '../../contract/index.ts';

/** A USB device as the system lists it. */
export interface UsbRecord {
  readonly vendorId: number;
  readonly productId: number;
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly product: string | null;
  /** Tells this device from an equal one: bus and address. */
  readonly location: string;
  /** Why it could not be opened, or null where it could. */
  readonly problem: AccessProblem | null;
}

/** `driver`: Windows has no driver that lets us in. */
export type AccessProblem = 'permission' | 'busy' | 'driver' | 'gone';

export interface SerialRecord {
  readonly path: string;
  readonly vendorId: number | null;
  readonly productId: number | null;
  readonly serial: string | null;
  readonly manufacturer: string | null;
}

export interface MountedRecord {
  readonly path: string;
  readonly label: string;
  /** Serial number of the USB device behind it, where the system tells. */
  readonly usbSerial: string | null;
}

/** What the operating system knows. Each list may fail by itself; a failure is told and the others still count. */
export interface SystemView {
  usbDevices(): Promise<readonly UsbRecord[]>;
  serialPorts(): Promise<readonly SerialRecord[]>;
  mountedDrives(): Promise<readonly MountedRecord[]>;
  /** Calls back when something was plugged in or pulled; a view without such news is asked now and then. */
  onChange(listener: () => void): () => void;
}

/** One of the lists, and why it is empty where the system refused it. */
export interface Listing<T> {
  readonly records: readonly T[];
  readonly problem: ErrorReport | null;
}

export async function listing<T>(what: string, remedy: string, list: () => Promise<readonly T[]>): Promise<Listing<T>> {
  try {
    return { records: await list(), problem: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `${what} cannot be listed on this system: ${why}.`;
    return { records: [], problem: { code: 'boards.not-listed', message, remedy, details: { what, why } } };
  }
}
