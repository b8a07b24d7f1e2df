import type { Device } from 'usb';

/** Gives the USB devices that are plugged in; tests give their own. */
export type ListUsb = () => Promise<readonly Device[]>;

export const listUsb: ListUsb = async () => (await import('usb')).getDeviceList();

/** What a USB device calls itself. */
export interface UsbStrings {
  readonly serial: string | null;
  readonly manufacturer: string | null;
  readonly product: string | null;
}

/** The last turn that was given out with a device; it is here while anybody holds the device or waits for it. */
const turns = new WeakMap<Device, Promise<void>>();
/** What devices said when they were last asked. */
const told = new WeakMap<Device, UsbStrings>();

/**
 * Waits until nobody in this process has that device open; resolves with what ends the turn. npm `usb` has one object for
 * a device, however many want it: opening it twice is opening it once, and the first `close` closes it for all.
 */
export async function takeTurn(device: Device): Promise<() => void> {
  const before = turns.get(device);
  let end = (): void => undefined;
  const mine = new Promise<void>((resolve) => (end = resolve));
  turns.set(device, mine);
  await before;
  return () => {
    if (turns.get(device) === mine) turns.delete(device);
    end();
  };
}

/**
 * What a device calls itself, for which it is opened. One that somebody holds is not: it is waited for only if it has never
 * been asked, so whoever holds a device for long asks it first, and keeps nobody waiting.
 * @throws Error of libusb, where the device cannot be opened
 */
export async function readStrings(device: Device): Promise<UsbStrings> {
  const known = told.get(device);
  if (known !== undefined && turns.has(device)) return known;
  const endTurn = await takeTurn(device);
  try {
    device.open();
    try {
      const { iSerialNumber, iManufacturer, iProduct } = device.deviceDescriptor;
      const strings = {
        serial: await text(device, iSerialNumber),
        manufacturer: await text(device, iManufacturer),
        product: await text(device, iProduct),
      };
      told.set(device, strings);
      return strings;
    } finally {
      device.close();
    }
  } finally {
    endTurn();
  }
}

function text(device: Device, index: number): Promise<string | null> {
  if (index === 0) return Promise.resolve(null);
  return new Promise((resolve) => {
    device.getStringDescriptor(index, (error, value) => {
      resolve(error === undefined ? (value ?? null) : null);
    });
  });
}
