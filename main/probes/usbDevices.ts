import type { Device } from 'usb';
import { probeNotFound } from './errors.ts';
import { endpointsOf, productIds } from './stlink/protocol.ts';
import { explainUsbError, openPipe, type UsbDeviceLike, type UsbPipe } from './stlink/usbPipe.ts';

const stVendor = 0x0483;

/**
 * Opens the ST-Link with that serial number through npm `usb`.
 * @throws StudioError `probe.not-found`, `probe.no-permission`, `probe.busy`, `probe.no-driver`
 */
export async function openStLink(serial: string): Promise<UsbPipe> {
  const { getDeviceList } = await import('usb');
  const links = getDeviceList().filter(
    ({ deviceDescriptor }) => deviceDescriptor.idVendor === stVendor && productIds.has(deviceDescriptor.idProduct),
  );
  let refusal: unknown = null;
  for (const device of links) {
    try {
      if ((await serialOf(device)) !== serial) continue;
    } catch (error) {
      // It may be the one; if no other is, this is why it could not be opened.
      refusal = explainUsbError(error, 'ST-Link');
      continue;
    }
    return openPipe(device as unknown as UsbDeviceLike, 'ST-Link', endpointsOf(device.deviceDescriptor.idProduct));
  }
  throw refusal ?? probeNotFound(`ST-Link with serial number ${serial}`);
}

async function serialOf(device: Device): Promise<string | null> {
  device.open();
  try {
    return await new Promise((resolve) => {
      device.getStringDescriptor(device.deviceDescriptor.iSerialNumber, (error, value) => {
        resolve(error === undefined ? (value ?? null) : null);
      });
    });
  } finally {
    device.close();
  }
}
