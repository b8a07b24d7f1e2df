import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { VirtualStLink } from './stlink.ts';

const success = 1;
const failure = { badIndex: 0x1002, cannotOpen: 0x1003 };
/** Bytes of each request, by its first byte: refresh, count, info, open, close, command, version, bus reset. */
const requestBytes: ReadonlyMap<number, number> = new Map([
  [0, 2],
  [1, 1],
  [2, 8],
  [3, 8],
  [4, 8],
  [5, 32],
  [6, 4],
  [7, 8],
]);

/**
 * ST's stlink-server protocol over TCP on the loopback, which OpenOCD speaks with `hla_stlink_backend tcp PORT`
 * (`stlink_usb.c`, functions `stlink_tcp_*`). Unmodified OpenOCD takes it for probes on USB.
 */
export class StLinkServer {
  private readonly sockets = new Set<Socket>();
  private readonly opened = new Map<number, VirtualStLink>();
  private nextHandle = 0x100;

  private readonly server: Server;
  readonly links: readonly VirtualStLink[];

  private constructor(server: Server, links: readonly VirtualStLink[]) {
    this.server = server;
    this.links = links;
  }

  static async start(links: readonly VirtualStLink[]): Promise<StLinkServer> {
    const server = createServer();
    const self = new StLinkServer(server, links);
    server.on('connection', (socket) => {
      self.serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    let pending = Buffer.alloc(0);
    this.sockets.add(socket.setNoDelay(true));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('data', (data) => {
      pending = Buffer.concat([pending, data]);
      for (;;) {
        const length = completeRequest(pending);
        if (length === null) return;
        const reply = this.answer(pending.subarray(0, length));
        pending = pending.subarray(length);
        // A cable that was pulled looks like a server that is gone.
        if (reply === null) socket.destroy();
        else socket.write(reply);
      }
    });
  }

  private answer(request: Buffer): Buffer | null {
    const plugged = this.links.filter((link) => link.pluggedIn);
    switch (request[0]) {
      case 0:
        return words(success);
      case 1:
        return words(plugged.length);
      case 2:
        return describe(plugged[request[1] ?? 0], request[1] ?? 0);
      case 3:
        return this.open(plugged[request.readUInt32LE(4) - 1]);
      case 4:
        this.opened.delete(request.readUInt32LE(4));
        return words(success);
      case 5:
        return this.command(request);
      case 6:
        return words(3, 2, 1, 1);
      default:
        return words(success, 1);
    }
  }

  private open(link: VirtualStLink | undefined): Buffer {
    if (link === undefined || link.openFails !== null) return words(failure.cannotOpen, 0);
    const handle = this.nextHandle++;
    this.opened.set(handle, link);
    return words(success, handle);
  }

  private command(request: Buffer): Buffer | null {
    const link = this.opened.get(request.readUInt32LE(4));
    if (link === undefined) return words(failure.cannotOpen);
    const writes = request[24] === 0;
    const size = request.readUInt32LE(28);
    const block = Buffer.from(request.subarray(8, 24));
    const reply = link.execute(block, writes ? 2 : size, writes ? request.subarray(32) : null);
    if (!link.pluggedIn) return null;
    return writes ? words(success) : Buffer.concat([words(success), reply.subarray(0, size)]);
  }
}

function completeRequest(pending: Buffer): number | null {
  const base = requestBytes.get(pending[0] ?? -1);
  if (base === undefined || pending.length < base) return null;
  const length = pending[0] === 5 && pending[24] === 0 ? base + pending.readUInt32LE(28) : base;
  return pending.length < length ? null : length;
}

function describe(link: VirtualStLink | undefined, index: number): Buffer {
  const reply = Buffer.alloc(45);
  reply.writeUInt32LE(link === undefined ? failure.badIndex : success, 0);
  if (link === undefined) return reply;
  reply.writeUInt32LE(index + 1, 4);
  reply.write(link.options.serial, 8, 'latin1');
  reply.writeUInt16LE(0x0483, 40);
  reply.writeUInt16LE(link.options.productId, 42);
  return reply;
}

function words(...values: number[]): Buffer {
  const reply = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => reply.writeUInt32LE(value >>> 0, 4 * at));
  return reply;
}
