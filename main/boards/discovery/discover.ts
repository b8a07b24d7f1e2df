import type { ErrorReport } from '../../contract/index.ts';
import type { Board } from '../board.ts';
import { readDrive, type ProbeDrive } from './drives.ts';
import { kindNames, kindOf, type ProbeKind } from './kinds.ts';
import {
  listing,
  type AccessProblem,
  type MountedRecord,
  type SerialRecord,
  type SystemView,
  type UsbRecord,
} from './system.ts';

/** One probe (or board with a bootloader) that is plugged in, and all that belongs to it. */
export interface PluggedProbe {
  /** Text that finds it again: `stlink:066DFF…`, `daplink:9904…`, `arduino:…`. */
  readonly selector: string;
  readonly kind: ProbeKind;
  readonly name: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly serial: string | null;
  /** Serial ports of the same USB device, in the system's order. */
  readonly serialPaths: readonly string[];
  readonly drive: ProbeDrive | null;
  /** Boards that it can be, the likeliest first. */
  readonly boards: readonly string[];
  /** Whether a board code or a drive's label decided; otherwise only the kind of probe speaks for these boards. */
  readonly certain: boolean;
  /** Why it cannot be used, or null. */
  readonly problem: ErrorReport | null;
}

export interface Discovery {
  readonly probes: readonly PluggedProbe[];
  /** Serial ports that belong to none of the probes: adapters, other boards. */
  readonly otherPorts: readonly string[];
  /** Drives of probes whose USB device is not seen. */
  readonly otherDrives: readonly ProbeDrive[];
  /** Lists that this system does not give. */
  readonly problems: readonly ErrorReport[];
}

/** What is plugged in now: USB devices, their serial ports and drives, joined by the probe's serial number. */
export async function discover(boards: readonly Board[], system: SystemView): Promise<Discovery> {
  const byHand = 'Type the serial port by hand, and name the probe with --probe.';
  const [usb, ports, mounts] = await Promise.all([
    listing('USB devices', byHand, () => system.usbDevices()),
    listing('Serial ports', byHand, () => system.serialPorts()),
    listing('Drives', 'Copy the image to the drive by hand.', () => system.mountedDrives()),
  ]);
  const drives = mounts.records
    .map((mount) => ({ mount, drive: readDrive(mount.path, mount.label) }))
    .filter((entry): entry is { mount: MountedRecord; drive: ProbeDrive } => entry.drive !== null);
  const devices = usb.records
    .map((device) => ({ device, kind: kindOf(device.vendorId, device.productId, device) }))
    .filter((entry): entry is { device: UsbRecord; kind: ProbeKind } => entry.kind !== null);
  const probes = devices.map(({ device, kind }) => {
    const alone = devices.filter((other) => other.kind === kind).length === 1;
    const drive = drives.find(({ mount, drive: candidate }) => belongs(device, mount, candidate, boards, alone));
    return describe(device, kind, portsOf(device, ports.records, devices.length === 1), drive?.drive ?? null, boards);
  });
  return {
    probes: probes.sort((a, b) => a.selector.localeCompare(b.selector)),
    otherPorts: ports.records
      .map(({ path }) => path)
      .filter((path) => !probes.some((p) => p.serialPaths.includes(path))),
    otherDrives: drives.map(({ drive }) => drive).filter((drive) => !probes.some((p) => p.drive?.path === drive.path)),
    problems: [usb, ports, mounts].map(({ problem }) => problem).filter((problem) => problem !== null),
  };
}

function describe(
  device: UsbRecord,
  kind: ProbeKind,
  serialPaths: readonly string[],
  drive: ProbeDrive | null,
  boards: readonly Board[],
): PluggedProbe {
  const code = drive?.mbedCode ?? (kind === 'daplink' ? (device.serial?.slice(0, 4) ?? null) : null);
  const told = boards.filter(
    (board) => (code !== null && board.mbedCodes.includes(code)) || labelsOf(board).includes(drive?.label ?? ''),
  );
  const possible = boards.filter((board) =>
    board.usb.some((id) => id.vendorId === device.vendorId && id.productId === device.productId),
  );
  return {
    selector: `${kind}:${device.serial ?? device.location}`,
    kind,
    name: device.product ?? kindNames[kind],
    vendorId: device.vendorId,
    productId: device.productId,
    serial: device.serial,
    serialPaths,
    drive,
    boards: (told.length > 0 ? told : possible).map(({ id }) => id),
    certain: told.length === 1,
    problem: device.problem === null ? null : explain(device.problem, kindNames[kind]),
  };
}

/** Ports of the same serial number; a device that has none gets those of its ids where it is the only probe. */
function portsOf(device: UsbRecord, ports: readonly SerialRecord[], alone: boolean): string[] {
  const sameIds = ports.filter((port) => port.vendorId === device.vendorId && port.productId === device.productId);
  const { serial } = device;
  const sameSerial = sameIds.filter((port) => serial !== null && port.serial?.toLowerCase() === serial.toLowerCase());
  return (sameSerial.length > 0 || !alone ? sameSerial : sameIds).map(({ path }) => path);
}

/** By serial number; where the drive does not tell one, by its board, if there is only one such probe. */
function belongs(
  device: UsbRecord,
  mount: MountedRecord,
  drive: ProbeDrive,
  boards: readonly Board[],
  alone: boolean,
): boolean {
  const told = mount.usbSerial ?? drive.uniqueId;
  if (told !== null) return told.toLowerCase() === device.serial?.toLowerCase();
  return (
    alone &&
    boards.some(
      (board) =>
        (board.mbedCodes.includes(drive.mbedCode ?? '') || labelsOf(board).includes(drive.label)) &&
        board.usb.some((id) => id.vendorId === device.vendorId),
    )
  );
}

function labelsOf(board: Board): readonly string[] {
  return board.probes.flatMap((probe) => (probe.kind === 'drive' ? probe.volumeLabels : []));
}

function explain(problem: AccessProblem, what: string): ErrorReport {
  const reports: Record<AccessProblem, readonly [code: string, message: string, remedy: string]> = {
    permission: [
      'probe.no-permission',
      `The system does not let us open the ${what}.`,
      'Install the udev rules that `mcunet doctor` offers, then plug the board in again.',
    ],
    busy: ['probe.busy', `Another program holds the ${what}.`, 'Close the other program and try again.'],
    driver: [
      'probe.no-driver',
      `The ${what} is plugged in, but the system has no driver through which we can open it.`,
      'Run `mcunet doctor`: it names the driver for this system.',
    ],
    gone: ['probe.unplugged', `The ${what} went away while it was looked at.`, 'Plug it in again.'],
  };
  const [code, message, remedy] = reports[problem];
  return { code, message, remedy, details: { problem } };
}
