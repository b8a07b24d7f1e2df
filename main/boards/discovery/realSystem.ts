import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Device } from 'usb';
import { kindOf } from './kinds.ts';
import type { AccessProblem, MountedRecord, SerialRecord, SystemView, UsbRecord } from './system.ts';
import { listUsb, readStrings, type ListUsb } from './usbTurns.ts';

/** USB through npm `usb`, serial ports through npm `serialport`, drives through what the system mounts. */
export function realSystem(list: ListUsb = listUsb): SystemView {
  const known = new Map<string, UsbRecord>();
  return {
    usbDevices: async () => {
      const records = await Promise.all((await list()).map((device) => record(device, known)));
      const present = records.filter((entry) => entry !== null);
      for (const key of known.keys()) if (!present.some((entry) => keyOf(entry) === key)) known.delete(key);
      return present;
    },
    serialPorts: async () => {
      const { SerialPort } = await import('serialport');
      return (await SerialPort.list()).map((port): SerialRecord => ({
        path: port.path,
        vendorId: port.vendorId === undefined ? null : parseInt(port.vendorId, 16),
        productId: port.productId === undefined ? null : parseInt(port.productId, 16),
        serial: port.serialNumber ?? null,
        manufacturer: port.manufacturer ?? null,
      }));
    },
    mountedDrives: () => Promise.resolve(mounted()),
    onChange: listenForHotPlug,
  };
}

function keyOf(entry: { location: string; vendorId: number; productId: number }): string {
  return `${entry.location}/${entry.vendorId}:${entry.productId}`;
}

/**
 * Opens a device once, to read its serial number and to learn whether we may. One that could be opened is not opened again
 * until it was gone; one that could not is tried at each look.
 */
async function record(device: Device, known: Map<string, UsbRecord>): Promise<UsbRecord | null> {
  const { idVendor: vendorId, idProduct: productId } = device.deviceDescriptor;
  const location = `${device.busNumber}-${device.deviceAddress}`;
  const key = keyOf({ location, vendorId, productId });
  const before = known.get(key);
  if (before?.problem === null) return before;
  // Other vendors' devices are none of our business, unless their name says CMSIS-DAP.
  const ours = kindOf(vendorId, productId, { manufacturer: null, product: null }) !== null;
  const entry = await open(device, { vendorId, productId, location });
  if (!ours && entry.problem !== null) return null;
  known.set(key, entry);
  return entry;
}

async function open(device: Device, base: Pick<UsbRecord, 'vendorId' | 'productId' | 'location'>): Promise<UsbRecord> {
  try {
    return { ...base, ...(await readStrings(device)), problem: null };
  } catch (error) {
    const nothing = { serial: null, manufacturer: null, product: null };
    return { ...base, ...nothing, ...fromSysfs(base), problem: accessProblem(error) };
  }
}

export function accessProblem(error: unknown): AccessProblem {
  const message = error instanceof Error ? error.message : String(error);
  if (/ACCESS/.test(message)) return 'permission';
  if (/BUSY/.test(message)) return 'busy';
  if (/NOT_SUPPORTED|NOT_FOUND/.test(message)) return 'driver';
  return 'gone';
}

/** Linux tells the strings of a device without opening it. */
function fromSysfs(base: { vendorId: number; productId: number; location: string }): Partial<UsbRecord> {
  const root = '/sys/bus/usb/devices';
  if (!existsSync(root)) return {};
  for (const name of readdirSync(root)) {
    const read = (file: string): string | null => readTrimmed(join(root, name, file));
    if (`${Number(read('busnum'))}-${Number(read('devnum'))}` !== base.location) continue;
    return { serial: read('serial'), manufacturer: read('manufacturer'), product: read('product') };
  }
  return {};
}

/** Where drives are: Linux says in /proc, macOS in /Volumes, Windows has letters. The last two are not verified here. */
function mounted(): MountedRecord[] {
  if (process.platform === 'linux') return linuxMounts(readFileSync('/proc/self/mounts', 'utf8'));
  if (process.platform === 'darwin') {
    return readdirSync('/Volumes').map((label) => ({ path: join('/Volumes', label), label, usbSerial: null }));
  }
  if (process.platform !== 'win32') return [];
  return [...'DEFGHIJKLMNOPQRSTUVWXYZ']
    .map((letter) => `${letter}:\\`)
    .filter((path) => existsSync(path))
    .map((path) => ({ path, label: path.slice(0, 1), usbSerial: null }));
}

/** FAT file systems of `/proc/self/mounts`; spaces in a path are written as octal there. */
export function linuxMounts(table: string): MountedRecord[] {
  return table
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'vfat' || type === 'msdos')
    .map(([device = '', escaped = '']) => {
      const path = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
      return { path, label: basename(path), usbSerial: serialBehind(device) };
    });
}

/** Climbs from a block device to the USB device that carries it. */
function serialBehind(device: string): string | null {
  try {
    let folder = realpathSync(join('/sys/class/block', basename(device)));
    for (; folder !== '/sys' && folder !== '/'; folder = dirname(folder)) {
      if (existsSync(join(folder, 'idVendor'))) return readTrimmed(join(folder, 'serial'));
    }
  } catch {
    // A device that is no longer there has no serial number.
  }
  return null;
}

function readTrimmed(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

function listenForHotPlug(listener: () => void): () => void {
  let stop = (): void => undefined;
  let stopped = false;
  import('usb').then(
    ({ usb }) => {
      if (stopped) return;
      usb.on('attach', listener);
      usb.on('detach', listener);
      // Listening alone must not keep a command-line run alive.
      usb.unrefHotplugEvents();
      stop = () => {
        usb.off('attach', listener);
        usb.off('detach', listener);
      };
    },
    // Without USB there is no such news; whoever watches looks now and then anyway.
    () => undefined,
  );
  return () => {
    stopped = true;
    stop();
  };
}
