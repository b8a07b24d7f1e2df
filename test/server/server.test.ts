import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  connectService,
  decodeMessage,
  encodeMessage,
  Inbox,
  studioService,
  type MessageTransport,
  SOCKET_PROTOCOL,
} from '../../main/contract/index.ts';
import { defaultSocketLimits, startServer, type RunningServer } from '../../main/server/index.ts';
import { Studio } from '../../main/studio/index.ts';

let folder: string;
let studio: Studio;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mcunet-server-'));
  mkdirSync(join(folder, 'page', 'assets'), { recursive: true });
  writeFileSync(join(folder, 'page', 'index.html'), '<!doctype html><title>window</title>');
  writeFileSync(join(folder, 'page', 'assets', 'a.js'), 'export {};');
  writeFileSync(join(folder, 'secret.json'), '{"secret":true}');
  symlinkSync(join(folder, 'secret.json'), join(folder, 'page', 'link.json'));
  studio = new Studio(join(folder, 'workspace'), () => Promise.resolve());
  server = await startServer({ handlers: studio.handlers, pageFolder: join(folder, 'page'), port: 0 });
});
afterAll(async () => {
  await server.close();
  await studio.close();
  rmSync(folder, { recursive: true, force: true });
});

const origin = (): string => `http://127.0.0.1:${server.port}`;

function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (answer) => {
      let body = '';
      answer.on('data', (bytes: Buffer) => (body += bytes.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

interface Door {
  readonly origin?: string | undefined;
  readonly token?: string;
  readonly path?: string;
  readonly host?: string;
}

function knock({ origin: from = origin(), token = server.token, path = '/service', host }: Door = {}): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, [SOCKET_PROTOCOL, `token.${token}`], {
    origin: from,
    ...(host === undefined ? {} : { headers: { host } }),
  });
  socket.on('error', () => undefined);
  return socket;
}

async function open(door?: Door): Promise<WebSocket> {
  const socket = knock(door);
  await once(socket, 'open');
  return socket;
}

/** The status with which a knock was refused. */
async function refused(door: Door): Promise<number> {
  const socket = knock(door);
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
  socket.terminate();
  return answer.statusCode;
}

function clientTransport(socket: WebSocket): MessageTransport {
  const inbox = new Inbox();
  socket.on('message', (data) => inbox.deliver(decodeMessage(String(data))));
  socket.on('close', () => inbox.close());
  return {
    send: (message) => socket.send(encodeMessage(message)),
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: () => socket.close(),
  };
}

/** That the server still answers somebody who is let in. */
async function expectAlive(): Promise<void> {
  const socket = await open();
  const client = connectService(studioService, clientTransport(socket));
  expect((await client.call('system.info', {})).offline).toBe(true);
  client.close();
}

describe('the page', () => {
  it('is served with headers that leave it no way out', async () => {
    const { status, headers, body } = await get('/');
    expect(status).toBe(200);
    expect(body).toContain('<title>window</title>');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain("'unsafe-eval'");
    expect(headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'x-content-type-options': 'nosniff',
    });
    expect((await get('/assets/a.js')).headers['content-type']).toContain('javascript');
  });

  it.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/assets/../../secret.json',
    '/link.json',
    '/assets',
    '/%00',
    '/%zz',
    '//etc/passwd',
    '/nothing.html',
  ])('does not hand out %s', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('answers only who addresses this machine by name', async () => {
    expect((await get('/', { host: 'evil.example' })).status).toBe(421);
    expect((await get('/', { host: `localhost:${server.port}` })).status).toBe(200);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s', async (method) => {
    expect((await get('/', {}, method)).status).toBe(405);
  });
});

describe('the door of the service', () => {
  it('lets in a page of ours that knows the token', async () => {
    await expectAlive();
    expect(server.url).toBe(`${origin()}/#token=${server.token}`);
  });

  it.each<[string, () => Door]>([
    ['no token', () => ({ token: '' })],
    ['a wrong token', () => ({ token: 'f'.repeat(64) })],
    ['a token that is nearly right', () => ({ token: `${server.token.slice(0, -1)}g` })],
    ['a token that is too long', () => ({ token: `${server.token}00` })],
    ['a foreign page', () => ({ origin: 'http://evil.example' })],
    ['a page of another port', () => ({ origin: 'http://127.0.0.1:1' })],
    ['a file', () => ({ origin: 'null' })],
    ['a name that was rebound to this machine', () => ({ host: `evil.example:${server.port}` })],
    ['another path', () => ({ path: '/other' })],
    ['another path with a query', () => ({ path: `/service?token=${server.token}` })],
  ])('stays shut for %s', async (_who, door) => {
    expect(await refused(door())).toBe(403);
  });

  it('stays shut for who does not say where it comes from', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/service`, [SOCKET_PROTOCOL, `token.${server.token}`]);
    socket.on('error', () => undefined);
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect(answer.statusCode).toBe(403);
    socket.terminate();
  });

  it('bounds how many are let in at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 16 }, () => open()));
    expect(await refused({})).toBe(503);
    for (const socket of sockets) socket.terminate();
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    await expectAlive();
  });
});

describe('the service behind it', () => {
  async function closeCode(send: (socket: WebSocket) => void): Promise<number> {
    const socket = await open();
    const closed = once(socket, 'close') as Promise<[number]>;
    send(socket);
    const [code] = await closed;
    return code;
  }

  it('ends a conversation that is no JSON, no text, or no message', async () => {
    expect(await closeCode((socket) => socket.send('{'))).toBe(1007);
    expect(await closeCode((socket) => socket.send(Buffer.from([1, 2, 3])))).toBe(1007);
    expect(await closeCode((socket) => socket.send('{"type":"run"}'))).toBe(1008);
    expect(await closeCode((socket) => socket.send('{"$bytes":"***"}'))).toBe(1007);
    await expectAlive();
  });

  it('ends a conversation with a message that is too large', async () => {
    expect(await closeCode((socket) => socket.send('x'.repeat(17 * 1024 * 1024)))).toBe(1009);
    await expectAlive();
  });

  it('ends a flood', async () => {
    const flood = (socket: WebSocket): void => {
      for (let id = 0; id < defaultSocketLimits.burst + 300; id++) socket.send(encodeMessage({ type: 'cancel', id }));
    };
    expect(await closeCode(flood)).toBe(1008);
    await expectAlive();
  });

  it('survives broken frames and half a greeting', async () => {
    for (const bytes of [
      'GET /service HTTP/1.1\r\nUpgrade: websocket\r\n',
      '\u0000\u0001\u0002',
      'GET / HTTP/9\r\n\r\n',
    ]) {
      const stream = connect(server.port, '127.0.0.1');
      stream.on('error', () => undefined);
      stream.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 10));
      stream.destroy();
    }
    const socket = await open();
    (socket as unknown as { _socket: { write: (bytes: Buffer) => void } })._socket.write(
      Buffer.from([0xff, 0xff, 0xff, 0xff]),
    );
    await once(socket, 'close');
    await expectAlive();
  });

  it('answers whatever JSON it is sent with a refusal, an error or a result, and goes on', async () => {
    const names = [
      ...Object.keys(studioService.calls),
      ...Object.keys(studioService.events),
      'constructor',
      '__proto__',
    ];
    // Harmless ones only: what they do is tested elsewhere, here it is whether nonsense gets through.
    const message = fc.oneof(
      fc.record({
        type: fc.constantFrom('call', 'listen', 'cancel', 'dispose', 'result', 'x'),
        id: fc.oneof(fc.nat(), fc.jsonValue()),
        name: fc.oneof(fc.constantFrom(...names.filter((name) => name !== 'files.list')), fc.string()),
        params: fc.oneof(
          fc.jsonValue(),
          fc.record({ id: fc.string(), path: fc.string(), runId: fc.string(), name: fc.string() }),
        ),
      }),
      fc.jsonValue(),
    );
    let socket = await open();
    let answers: string[] = [];
    const listen = (): void => void socket.on('message', (data) => answers.push(String(data)));
    listen();
    await fc.assert(
      fc.asyncProperty(message, async (nonsense) => {
        if (socket.readyState !== socket.OPEN) {
          socket.terminate();
          socket = await open();
          listen();
        }
        answers = [];
        socket.send(JSON.stringify(nonsense));
        await new Promise((resolve) => setTimeout(resolve, 2));
        for (const answer of answers) {
          expect(answer).not.toContain('"internal"');
          expect(answer.length).toBeLessThan(100_000);
        }
      }),
      { numRuns: 400 },
    );
    socket.terminate();
    await expectAlive();
  }, 60_000);

  it('refuses names that lead out of a run', async () => {
    const client = connectService(studioService, clientTransport(await open()));
    for (const id of ['..', '../..', 'a/b', '']) await expect(client.call('runs.get', { id })).rejects.toThrow();
    await expect(client.call('runs.artefact', { id: 'none', name: '../../secret.json' })).rejects.toMatchObject({
      code: 'store.no-run',
    });
    client.close();
  });

  it('forgets the calls and subscriptions of who went away', async () => {
    const client = connectService(studioService, clientTransport(await open()));
    const jobs: unknown[] = [];
    client.listen('jobs', {}, (list) => jobs.push(list));
    await expect.poll(() => jobs.length).toBe(1);
    client.close();
    await expectAlive();
  });
});

it('says it when the window was not built, and when the port is taken', async () => {
  const { handlers } = studio;
  await expect(startServer({ handlers, pageFolder: join(folder, 'nowhere'), port: 0 })).rejects.toMatchObject({
    code: 'server.no-window',
  });
  await expect(startServer({ handlers, pageFolder: join(folder, 'page'), port: server.port })).rejects.toMatchObject({
    code: 'server.port-taken',
  });
});
