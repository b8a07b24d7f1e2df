import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { serveClient, SOCKET_PROTOCOL, StudioError, studioService, type StudioHandlers } from '../contract/index.ts';
import { admit } from './admission.ts';
import { pageHandler } from './pages.ts';
import { defaultSocketLimits, socketTransport, type SocketLimits } from './socketTransport.ts';

export interface ServerOptions {
  readonly handlers: StudioHandlers;
  /** The built window: index.html and its assets. */
  readonly pageFolder: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly limits?: SocketLimits;
}

export interface RunningServer {
  readonly port: number;
  readonly token: string;
  /** What to open in a browser on this machine. The token stands after the #, which no browser sends anywhere. */
  readonly url: string;
  close(): Promise<void>;
}

const maxConnections = 16;
const maxMessageBytes = 16 * 1024 * 1024;
const heartbeatMs = 20_000;

/**
 * Serves the window and the service on the loopback interface: nobody but this machine reaches it, no page but ours may
 * talk to it, and none without the token.
 *
 * @throws StudioError `server.no-window`, `server.port-taken`
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { handlers, pageFolder, limits = defaultSocketLimits } = options;
  if (!existsSync(join(pageFolder, 'index.html'))) throw noWindow(pageFolder);
  const token = randomBytes(32).toString('hex');
  let hosts: readonly string[] = [];
  const server = createServer(
    { maxHeaderSize: 16 * 1024 },
    pageHandler(pageFolder, () => hosts),
  );
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.maxConnections = 4 * maxConnections;

  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
  });
  server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    stream.on('error', () => stream.destroy());
    const refusal = admit(request, hosts, token);
    if (refusal !== null) return refuse(stream, 403, refusal);
    if (sockets.clients.size >= maxConnections) return refuse(stream, 503, 'too-many-connections');
    sockets.handleUpgrade(request, stream, head, (socket) => {
      keepAlive(socket);
      serveClient(studioService, handlers, socketTransport(socket, limits));
    });
  });

  const port = await listen(server, options.port);
  hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    port,
    token,
    url: `http://127.0.0.1:${port}/#token=${token}`,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function refuse(stream: Duplex, status: number, why: string): void {
  const text = status === 403 ? 'Forbidden' : 'Service Unavailable';
  stream.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\nX-Refused: ${why}\r\n\r\n`);
}

/** Ends a connection whose other side is gone without saying so. */
function keepAlive(socket: WebSocket): void {
  let alive = true;
  socket.on('pong', () => (alive = true));
  const timer = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, heartbeatMs);
  timer.unref();
  socket.on('close', () => clearInterval(timer));
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portTaken(port, error)));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const noWindow = (folder: string): StudioError =>
  new StudioError({
    code: 'server.no-window',
    message: `The window is not built: there is no index.html in ${folder}.`,
    remedy: 'Build it with `npm run build:window`, then start again.',
    details: { folder },
  });

const portTaken = (port: number, error: NodeJS.ErrnoException): StudioError =>
  new StudioError({
    code: 'server.port-taken',
    message: `Port ${port} of this machine cannot be used: ${error.code === 'EADDRINUSE' ? 'another program has it' : error.message}.`,
    remedy: 'Choose another port with --port, or leave it out.',
    details: { port, systemCode: error.code },
    cause: error,
  });
