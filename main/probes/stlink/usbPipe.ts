import { probeBusy, probeDriverMissing, probeFailed, probeNotPermitted, probeTimeout, unplugged } from '../errors.ts';
import type { StudioError } from '../../contract/index.ts';

/** Two bulk endpoints of a USB device that we hold. Every transfer ends within its time. */
export interface UsbPipe {
  /** @throws StudioError `probe.unplugged`, `probe.timeout`, `probe.failed` */
  send(bytes: Uint8Array, timeoutMs: number): Promise<void>;
  /** Resolves with what came, at most `length` bytes. */
  receive(length: number, timeoutMs: number): Promise<Uint8Array>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** The part of npm `usb`'s Device, Interface and Endpoint that we use; tests give an object of this shape. */
export interface UsbDeviceLike {
  readonly deviceDescriptor: { readonly idVendor: number; readonly idProduct: number; readonly iSerialNumber: number };
  open(): void;
  close(): void;
  interface(number: number): UsbInterfaceLike;
  getStringDescriptor(index: number, callback: (error?: { message: string }, value?: string) => void): void;
}

export interface UsbInterfaceLike {
  claim(): void;
  releaseAsync(): Promise<void>;
  endpoint(address: number): UsbEndpointLike | undefined;
}

export interface UsbEndpointLike {
  readonly direction: 'in' | 'out';
  timeout: number;
  transfer(
    lengthOrBytes: number & Buffer,
    callback: (error: (Error & { errno?: number }) | undefined, data?: Buffer | number) => void,
  ): unknown;
}

type Transfer = (
  argument: number | Buffer,
  callback: (error: UsbError | undefined, data?: Buffer | number) => void,
) => void;
type UsbError = Error & { errno?: number };

/** Numbers of libusb (`enum libusb_error`, `enum libusb_transfer_status`). */
const libusb = { access: -3, noDevice: -4, notFound: -5, busy: -6, timeout: -7, notSupported: -12 };
const transferStatus = { timedOut: 2, noDevice: 5 };

/**
 * Opens a device, claims its interface and gives its pipe.
 * @throws StudioError `probe.no-permission`, `probe.busy`, `probe.no-driver`, `probe.unplugged`
 */
export function openPipe(device: UsbDeviceLike, what: string, endpoints: { input: number; output: number }): UsbPipe {
  try {
    device.open();
  } catch (error) {
    throw explainUsbError(error, what);
  }
  try {
    const claimed = device.interface(0);
    claimed.claim();
    const input = claimed.endpoint(endpoints.input);
    const output = claimed.endpoint(endpoints.output);
    if (input === undefined || output === undefined) {
      throw probeFailed(`The ${what} lacks the endpoints of its kind`, { endpoints });
    }
    return new ClaimedPipe(device, claimed, input, output, what);
  } catch (error) {
    device.close();
    throw explainUsbError(error, what);
  }
}

export function explainUsbError(error: unknown, what: string): StudioError | Error {
  if (!(error instanceof Error) || error.name === 'StudioError') return error as Error;
  const { errno, message } = error as UsbError;
  const details = { errno, message };
  if (errno === libusb.access || /LIBUSB_ERROR_ACCESS/.test(message)) return probeNotPermitted(what, details);
  if (errno === libusb.busy || /LIBUSB_ERROR_BUSY/.test(message)) return probeBusy(what, details);
  if (errno === libusb.notSupported || errno === libusb.notFound) return probeDriverMissing(what, details);
  const goneAway = errno === libusb.noDevice || errno === transferStatus.noDevice || /NO_DEVICE/.test(message);
  if (goneAway) return unplugged(details);
  if (errno === transferStatus.timedOut || errno === libusb.timeout || /TIMED_OUT/.test(message)) {
    return probeTimeout(`A transfer with the ${what}`, 1, details);
  }
  return probeFailed(`The ${what} reported a USB error: ${message}`, details, error);
}

class ClaimedPipe implements UsbPipe {
  private closed = false;
  private readonly device: UsbDeviceLike;
  private readonly claimed: UsbInterfaceLike;
  private readonly input: UsbEndpointLike;
  private readonly output: UsbEndpointLike;
  private readonly what: string;

  constructor(
    device: UsbDeviceLike,
    claimed: UsbInterfaceLike,
    input: UsbEndpointLike,
    output: UsbEndpointLike,
    what: string,
  ) {
    this.device = device;
    this.claimed = claimed;
    this.input = input;
    this.output = output;
    this.what = what;
  }

  async send(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    await this.transfer(this.output, Buffer.from(bytes), timeoutMs);
  }

  async receive(length: number, timeoutMs: number): Promise<Uint8Array> {
    const data = await this.transfer(this.input, length, timeoutMs);
    return Buffer.isBuffer(data) ? data : new Uint8Array(0);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    // A device that is gone cannot be released; the claim went with it.
    await this.claimed.releaseAsync().catch(() => undefined);
    this.device.close();
  }

  private transfer(
    endpoint: UsbEndpointLike,
    argument: number | Buffer,
    timeoutMs: number,
  ): Promise<Buffer | number | undefined> {
    endpoint.timeout = timeoutMs;
    const transfer = endpoint.transfer.bind(endpoint) as Transfer;
    return new Promise((resolve, reject) => {
      const finish = (error: UsbError | undefined, data?: Buffer | number): void => {
        if (error === undefined || error === null) resolve(data);
        else reject(explainUsbError(error, this.what));
      };
      try {
        transfer(argument, finish);
      } catch (error) {
        reject(explainUsbError(error, this.what));
      }
    });
  }
}
