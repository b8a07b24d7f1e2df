import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VirtualCmsisDap } from './cmsisDap.ts';
import { answerBytes, takesData, type VirtualStLink } from './stlink.ts';

/** libusb's numbers. */
const error = { access: -3, noDevice: -4, busy: -6, timeout: -7 };

/** One device on the virtual bus: descriptors, strings, two bulk endpoints. */
export interface UsbPeripheral {
  readonly vendorId: number;
  readonly productId: number;
  readonly strings: readonly string[];
  readonly interfaceName: number;
  readonly endpoints: readonly number[];
  /** Whether it is plugged in: otherwise the bus does not list it. */
  present(): boolean;
  open(): number;
  claim(): number;
  send(bytes: Buffer): number;
  receive(length: number): Buffer | number;
}

/** An ST-Link as a USB device: command blocks out, answers in. */
export function stlinkPeripheral(link: VirtualStLink): UsbPeripheral {
  let awaiting: Buffer | null = null;
  let reply: Buffer | null = null;
  let batchItems = 0;
  return {
    vendorId: 0x0483,
    productId: link.options.productId,
    strings: ['STMicroelectronics', link.options.generation === 3 ? 'STLINK-V3' : 'STM32 STLink', link.options.serial],
    interfaceName: 0,
    endpoints: link.options.productId === 0x3748 ? [0x81, 0x02, 0x83] : [0x81, 0x01, 0x82],
    present: () => link.pluggedIn,
    open: () => (link.openFails === 'access' ? error.access : 0),
    claim: () => (link.openFails === 'busy' ? error.busy : 0),
    send: (bytes) => {
      if (awaiting !== null) {
        link.execute(awaiting, 2, bytes);
        awaiting = null;
        return 0;
      }
      const command = Buffer.alloc(16);
      bytes.copy(command);
      if (command[0] === 0xf2 && command[1] === 0x51) batchItems = command.readUInt32LE(2);
      if (takesData(command)) awaiting = command;
      else reply = link.execute(command, answerBytes(command, batchItems), null);
      return link.pluggedIn ? 0 : error.noDevice;
    },
    receive: (length) => {
      if (reply === null) return error.timeout;
      const bytes = Buffer.alloc(length);
      reply.copy(bytes);
      reply = null;
      return bytes;
    },
  };
}

/** A DAPLink as a USB device: packets out, packets in. */
export function cmsisDapPeripheral(dap: VirtualCmsisDap): UsbPeripheral {
  const answers: Buffer[] = [];
  return {
    vendorId: 0x0d28,
    productId: 0x0204,
    strings: ['Arm', 'BBC micro:bit CMSIS-DAP', dap.serial, '', 'CMSIS-DAP v2'],
    interfaceName: 5,
    endpoints: [0x01, 0x81],
    present: () => dap.pluggedIn,
    open: () => 0,
    claim: () => 0,
    send: (bytes) => {
      answers.push(dap.execute(bytes));
      return dap.pluggedIn ? 0 : error.noDevice;
    },
    receive: () => (dap.pluggedIn ? (answers.shift() ?? error.timeout) : error.noDevice),
  };
}

/**
 * A virtual USB bus for unmodified programs: a libusb of our own (`libusb/fakeLibusb.c`, compiled here) forwards what they
 * do to the devices given. Needs a C compiler, and Linux.
 */
export class VirtualUsbBus {
  /** To be added to the environment of the program. */
  readonly environment: Readonly<Record<string, string>>;
  private readonly folder: string;
  private readonly server: Server;
  private readonly devices: readonly UsbPeripheral[];
  private readonly sockets = new Set<Socket>();

  private constructor(folder: string, server: Server, devices: readonly UsbPeripheral[]) {
    this.folder = folder;
    this.server = server;
    this.devices = devices;
    this.environment = { LD_LIBRARY_PATH: libraryFolder(), VIRTUAL_USB: join(folder, 'bus') };
  }

  static async start(devices: readonly UsbPeripheral[]): Promise<VirtualUsbBus> {
    const folder = mkdtempSync(join(tmpdir(), 'mcunet-usb-'));
    const server = createServer();
    const bus = new VirtualUsbBus(folder, server, devices);
    server.on('connection', (socket) => {
      bus.serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'bus'), resolve));
    return bus;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private serve(socket: Socket): void {
    let pending = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (data) => {
      pending = Buffer.concat([pending, data]);
      while (pending.length >= 8) {
        const outgoing = pending[0] === 0x42 && ((pending[2] ?? 0) & 0x80) === 0;
        const total = 8 + (outgoing ? pending.readUInt32LE(4) : 0);
        if (pending.length < total) return;
        socket.write(encode(this.answer(pending.subarray(0, total))));
        pending = pending.subarray(total);
      }
    });
  }

  private answer(request: Buffer): Buffer | number {
    const operation = String.fromCharCode(request[0] ?? 0);
    if (operation === 'L') {
      const present = this.devices.filter((device) => device.present());
      return Buffer.concat([Buffer.from([present.length]), ...present.map(describe)]);
    }
    const device = this.devices.filter((each) => each.present())[request[1] ?? 0];
    if (device === undefined) return error.noDevice;
    const which = request[2] ?? 0;
    if (operation === 'O') return device.open();
    if (operation === 'C') return device.claim();
    if (operation === 'S') return Buffer.from(device.strings[which - 1] ?? '', 'latin1');
    if (operation !== 'B') return 0;
    return which & 0x80 ? device.receive(request.readUInt32LE(4)) : device.send(Buffer.from(request.subarray(8)));
  }
}

let compiled: string | null = null;

/** Compiles the stand-in once for this process. */
function libraryFolder(): string {
  if (compiled !== null) return compiled;
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-libusb-'));
  mkdirSync(folder, { recursive: true });
  const source = join(import.meta.dirname, 'libusb/fakeLibusb.c');
  execFileSync('gcc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-Wl,-soname,libusb-1.0.so.0',
    '-o',
    join(folder, 'libusb-1.0.so.0'),
    source,
  ]);
  process.on('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  compiled = folder;
  return folder;
}

function describe(device: UsbPeripheral): Buffer {
  const descriptor = Buffer.from([18, 1, 0, 2, 0, 0, 0, 64, 0, 0, 0, 0, 0, 1, 1, 2, 3, 1]);
  descriptor.writeUInt16LE(device.vendorId, 8);
  descriptor.writeUInt16LE(device.productId, 10);
  return Buffer.concat([descriptor, Buffer.from([device.interfaceName, device.endpoints.length, ...device.endpoints])]);
}

function encode(answer: Buffer | number): Buffer {
  const payload = typeof answer === 'number' ? Buffer.alloc(0) : answer;
  const head = Buffer.alloc(8);
  head.writeInt32LE(typeof answer === 'number' ? answer : 0, 0);
  head.writeUInt32LE(payload.length, 4);
  return Buffer.concat([head, payload]);
}
