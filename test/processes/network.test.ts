import dgram from 'node:dgram';
import dns, { lookup } from 'node:dns';
import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isLoopback, networkUse, onNetworkUse, startWorker } from '../../main/processes/index.ts';

/** What a piece of work added to the counts. `.invalid` is kept free of hosts for good (RFC 2606). */
async function counted(work: () => Promise<unknown>): Promise<{ loopback: number; foreign: number }> {
  const before = networkUse();
  await work().catch(() => undefined);
  const after = networkUse();
  return { loopback: after.loopback - before.loopback, foreign: after.foreign - before.foreign };
}

const failing = (socket: NodeJS.EventEmitter): Promise<unknown> =>
  new Promise((resolve) => socket.on('error', resolve).on('close', resolve));

describe('what this program asks of the network', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['fetch', () => fetch('http://elsewhere.invalid/')],
    ['an HTTP request', () => failing(http.get('http://elsewhere.invalid/page'))],
    [
      'an HTTP request without an agent',
      () => failing(http.get({ host: 'elsewhere.invalid', path: '/', agent: false })),
    ],
    ['a connection', () => failing(net.connect(80, 'elsewhere.invalid'))],
    ['a name', () => dns.promises.lookup('elsewhere.invalid')],
    ['a name, by the function’s own name', () => new Promise((resolve) => lookup('elsewhere.invalid', resolve))],
    ['a query of names', () => dns.promises.resolveTxt('elsewhere.invalid')],
    ['a resolver of its own', () => new dns.promises.Resolver({ timeout: 10, tries: 1 }).resolve4('elsewhere.invalid')],
  ])('counts %s to another machine once', async (_what, work) => {
    expect(await counted(work)).toEqual({ loopback: 0, foreign: 1 });
  });

  it('counts a datagram', async () => {
    const socket = dgram.createSocket('udp4');
    const used = await counted(() => new Promise((resolve) => socket.send(Buffer.from('x'), 9, '192.0.2.1', resolve)));
    socket.close();
    expect(used).toEqual({ loopback: 0, foreign: 1 });
  });

  it('tells loopback from the rest, and counts no pipe', async () => {
    const server = http.createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    expect(await counted(() => fetch(`http://localhost:${port}/`))).toEqual({ loopback: 1, foreign: 0 });
    server.closeAllConnections();
    server.close();
    expect(await counted(() => failing(net.connect('/nowhere/at all.sock')))).toEqual({ loopback: 0, foreign: 0 });
    expect(['127.0.0.1', 'LOCALHOST', '[::1]', '::ffff:127.0.0.1'].every(isLoopback)).toBe(true);
    expect(['127.0.0.1.example.com', '10.0.0.1', 'localhost.example.com', '2001:db8::1'].some(isLoopback)).toBe(false);
  });

  it('says what was asked for, and tells whoever listens', async () => {
    const told: number[] = [];
    const stop = onNetworkUse(({ foreign }) => told.push(foreign));
    await counted(() => failing(net.connect(443, 'elsewhere.invalid')));
    stop();
    expect(networkUse().latest.at(-1)).toMatchObject({ what: 'connect elsewhere.invalid:443' });
    expect(told).toEqual([networkUse().foreign]);
  });
});

describe('a thread', () => {
  it('counts into the same figures', async () => {
    const used = await counted(async () => {
      const worker = startWorker('connecting.worker', import.meta.url);
      await once(worker, 'exit');
    });
    expect(used).toEqual({ loopback: 0, foreign: 1 });
  });
});
