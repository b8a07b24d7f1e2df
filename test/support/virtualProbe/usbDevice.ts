import type { UsbDeviceLike, UsbEndpointLike, UsbInterfaceLike } from '../../../main/probes/index.ts';
import { answerBytes, takesData, type VirtualStLink } from './stlink.ts';

type Callback = (error: (Error & { errno?: number }) | undefined, data?: Buffer | number) => void;

/** An error as npm `usb` gives it. */
function usbError(name: string, errno: number): Error & { errno: number } {
  return Object.assign(new Error(name), { errno });
}

/**
 * A virtual ST-Link as npm `usb` shows a device: the subset that our driver uses. There is one such object for a device,
 * and one handle behind it: opening it again does nothing, whoever closes it closes it for all, and while a transfer is
 * pending it cannot be closed. Transfers complete in a later turn of the event loop, as real ones do.
 */
export class VirtualUsbStLink implements UsbDeviceLike {
  readonly link: VirtualStLink;
  readonly busNumber = 1;
  readonly deviceAddress: number;
  /** What is open now; a test may assert that nothing is. */
  openHandles = 0;
  private awaitingData: Buffer | null = null;
  private reply: Buffer | null = null;
  private batchItems = 0;
  private pending = 0;

  constructor(link: VirtualStLink, deviceAddress = 5) {
    this.link = link;
    this.deviceAddress = deviceAddress;
  }

  get deviceDescriptor() {
    const { productId } = this.link.options;
    return { idVendor: 0x0483, idProduct: productId, iManufacturer: 0, iProduct: 0, iSerialNumber: 3 };
  }

  open(): void {
    if (!this.link.pluggedIn) throw usbError('LIBUSB_ERROR_NO_DEVICE', -4);
    if (this.link.openFails === 'access') throw usbError('LIBUSB_ERROR_ACCESS', -3);
    this.openHandles = 1;
  }

  close(): void {
    if (this.pending > 0) throw new Error("Can't close device with a pending request");
    this.openHandles = 0;
    this.awaitingData = null;
    this.reply = null;
  }

  getStringDescriptor(_: number, callback: (error?: { message: string }, value?: string) => void): void {
    this.later(() => callback(undefined, this.link.options.serial));
  }

  interface(): UsbInterfaceLike {
    return {
      claim: () => {
        if (this.link.openFails === 'busy') throw usbError('LIBUSB_ERROR_BUSY', -6);
      },
      releaseAsync: () => Promise.resolve(),
      endpoint: (address) => this.endpoint(address),
    };
  }

  private endpoint(address: number): UsbEndpointLike | undefined {
    const outputs = this.link.options.productId === 0x3748 ? 0x02 : 0x01;
    if (address !== 0x81 && address !== outputs) return undefined;
    const direction = address === 0x81 ? ('in' as const) : ('out' as const);
    return {
      direction,
      timeout: 0,
      transfer: (argument: number | Buffer, callback: Callback) => {
        this.later(() => this.transfer(argument, callback));
      },
    };
  }

  private later(complete: () => void): void {
    if (this.openHandles === 0) throw new Error('Device is not open');
    this.pending += 1;
    setImmediate(() => {
      this.pending -= 1;
      complete();
    });
  }

  private transfer(argument: number | Buffer, callback: Callback): void {
    if (!this.link.pluggedIn) callback(usbError('LIBUSB_TRANSFER_NO_DEVICE', 5));
    else if (typeof argument === 'number') this.receive(argument, callback);
    else this.send(argument, callback);
  }

  private send(bytes: Buffer, callback: Callback): void {
    if (this.awaitingData !== null) {
      this.link.execute(this.awaitingData, 2, bytes);
      this.awaitingData = null;
    } else {
      const command = Buffer.alloc(16);
      bytes.copy(command);
      if (command[0] === 0xf2 && command[1] === 0x51) this.batchItems = command.readUInt32LE(2);
      if (takesData(command)) this.awaitingData = command;
      else this.reply = this.link.execute(command, answerBytes(command, this.batchItems), null);
    }
    if (this.link.pluggedIn) callback(undefined, bytes.length);
    else callback(usbError('LIBUSB_TRANSFER_NO_DEVICE', 5));
  }

  private receive(length: number, callback: Callback): void {
    if (this.reply === null) {
      callback(usbError('LIBUSB_TRANSFER_TIMED_OUT', 2));
      return;
    }
    const bytes = Buffer.alloc(length);
    this.reply.copy(bytes);
    this.reply = null;
    callback(undefined, bytes);
  }
}
