import type { Device } from 'usb';
import { listUsb, readStrings, takeTurn, type ListUsb } from '../boards/index.ts';
import { probeNotFound } from './errors.ts';
import { endpointsOf, productIds } from './stlink/protocol.ts';
import { explainUsbError, openPipe, type UsbDeviceLike, type UsbPipe } from './stlink/usbPipe.ts';

const stVendor = 0x0483;

/** How many in this process hold the ST-Link of a serial number, or wait for it. */
const users = new Map<string, number>();

/** Whether whoever opens that ST-Link now may have to wait. */
export const isStLinkTaken = (serial: string): boolean => users.has(serial);

/**
 * Opens the ST-Link with that serial number through npm `usb`, as soon as nobody else in this process has it open.
 * @throws StudioError `probe.not-found`, `probe.no-permission`, `probe.busy`, `probe.no-driver`
 */
export async function openStLink(serial: string, list: ListUsb = listUsb): Promise<UsbPipe> {
  users.set(serial, (users.get(serial) ?? 0) + 1);
  const leave = (): void => {
    const others = (users.get(serial) ?? 1) - 1;
    if (others === 0) users.delete(serial);
    else users.set(serial, others);
  };
  try {
    return await openInTurn(await findStLink(serial, list), leave);
  } catch (error) {
    leave();
    throw error;
  }
}

async function findStLink(serial: string, list: ListUsb): Promise<Device> {
  const links = (await list()).filter(
    ({ deviceDescriptor }) => deviceDescriptor.idVendor === stVendor && productIds.has(deviceDescriptor.idProduct),
  );
  let refusal: unknown = null;
  for (const device of links) {
    try {
      if ((await readStrings(device)).serial === serial) return device;
    } catch (error) {
      // It may be the one; if no other is, this is why it could not be opened.
      refusal = explainUsbError(error, 'ST-Link');
    }
  }
  throw refusal ?? probeNotFound(`ST-Link with serial number ${serial}`);
}

/** @param leave called once when the pipe was closed */
async function openInTurn(device: Device, leave: () => void): Promise<UsbPipe> {
  const endTurn = await takeTurn(device);
  let pipe: UsbPipe;
  try {
    pipe = openPipe(device as unknown as UsbDeviceLike, 'ST-Link', endpointsOf(device.deviceDescriptor.idProduct));
  } catch (error) {
    endTurn();
    throw error;
  }
  let closing: Promise<void> | null = null;
  return {
    send: (bytes, timeoutMs) => pipe.send(bytes, timeoutMs),
    receive: (length, timeoutMs) => pipe.receive(length, timeoutMs),
    close: () =>
      (closing ??= pipe.close().finally(() => {
        endTurn();
        leave();
      })),
  };
}
