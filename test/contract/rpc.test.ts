import { z } from 'zod';
import { describe, expect, it, vi } from 'vitest';
import {
  connectService,
  decodeMessage,
  defineService,
  directClient,
  encodeMessage,
  Inbox,
  memoryPair,
  portTransport,
  serveClient,
  StudioError,
  type MessageTransport,
  type ServiceClient,
  type ServiceHandlers,
} from '../../main/contract/index.ts';

const service = defineService({
  calls: {
    double: { params: z.strictObject({ value: z.number() }), result: z.number() },
    count: { params: z.strictObject({ to: z.int() }), result: z.int(), progress: z.object({ at: z.int() }) },
    wait: { params: z.strictObject({}), result: z.null() },
    lie: { params: z.strictObject({}), result: z.number() },
    refuse: { params: z.strictObject({}), result: z.null() },
    bytes: { params: z.strictObject({ bytes: z.instanceof(Uint8Array) }), result: z.instanceof(Uint8Array) },
  },
  events: { ticks: { params: z.strictObject({ from: z.int() }), value: z.int() } },
});
type Service = typeof service;

function handlers() {
  const ticks = new Set<(value: number) => void>();
  const aborted = vi.fn();
  const table: ServiceHandlers<Service> = {
    calls: {
      double: async ({ value }) => value * 2,
      count: async ({ to }, { onProgress }) => {
        for (let at = 1; at <= to; at++) onProgress({ at });
        return to;
      },
      wait: (_params, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted();
            reject(new Error('aborted'));
          }),
        ),
      lie: async () => 'no number' as unknown as number,
      refuse: async () => {
        throw new StudioError({ code: 'test.refused', message: 'No.', remedy: 'Ask nicely.', details: { why: 7 } });
      },
      bytes: async ({ bytes }) => bytes.slice().reverse(),
    },
    events: {
      ticks: ({ from }, emit) => {
        const tick = (value: number): void => emit(from + value);
        ticks.add(tick);
        return () => ticks.delete(tick);
      },
    },
  };
  return { table, aborted, ticks };
}

/** As over a WebSocket: what is sent is turned to text and back. */
function jsonPair(): readonly [MessageTransport, MessageTransport] {
  const [a, b] = memoryPair();
  const asText = (end: MessageTransport): MessageTransport => ({
    ...end,
    send: (message) => end.send(encodeMessage(message)),
    onMessage: (listener) => end.onMessage((text) => listener(decodeMessage(String(text)))),
  });
  return [asText(a), asText(b)];
}

function portPair(): readonly [MessageTransport, MessageTransport] {
  const { port1, port2 } = new MessageChannel();
  return [portTransport(port1), portTransport(port2)];
}

type Made = { client: ServiceClient<Service>; close: () => void } & Omit<ReturnType<typeof handlers>, 'table'>;
const over = (pair: () => readonly [MessageTransport, MessageTransport]) => (): Made => {
  const { table, ...rest } = handlers();
  const [near, far] = pair();
  serveClient(service, table, far);
  const client = connectService(service, near);
  return { client, close: () => client.close(), ...rest };
};
const transports: Record<string, () => Made> = {
  'a pair in memory': over(memoryPair),
  'JSON text': over(jsonPair),
  'a MessagePort': over(portPair),
};
const kinds: Record<string, () => Made> = {
  ...transports,
  'a direct call': () => {
    const { table, ...rest } = handlers();
    const client = directClient(service, table);
    return { client, close: () => client.close(), ...rest };
  },
};

describe.each(Object.entries(kinds))('the service over %s', (_kind, make) => {
  const with_ = async (body: (made: Made) => Promise<void>): Promise<void> => {
    const made = make();
    try {
      await body(made);
    } finally {
      made.close();
    }
  };

  it('answers a call', () =>
    with_(async ({ client }) => {
      expect(await client.call('double', { value: 21 })).toBe(42);
    }));

  it('carries bytes', () =>
    with_(async ({ client }) => {
      expect(await client.call('bytes', { bytes: new Uint8Array([1, 2, 255]) })).toEqual(new Uint8Array([255, 2, 1]));
    }));

  it('reports progress before the answer', () =>
    with_(async ({ client }) => {
      const seen: number[] = [];
      await client.call('count', { to: 3 }, { onProgress: ({ at }) => seen.push(at) });
      expect(seen).toEqual([1, 2, 3]);
    }));

  it('refuses parameters that the schema does not allow, and names them', () =>
    with_(async ({ client }) => {
      await expect(client.call('double', { value: 'two' } as unknown as { value: number })).rejects.toMatchObject({
        code: 'contract.invalid-params',
        message: expect.stringContaining('value'),
      });
    }));

  it('hands on an error with its code, remedy and details', () =>
    with_(async ({ client }) => {
      await expect(client.call('refuse', {})).rejects.toMatchObject({
        code: 'test.refused',
        remedy: 'Ask nicely.',
        details: { why: 7 },
      });
    }));

  it('does not hand on an answer that breaks the contract', () =>
    with_(async ({ client }) => {
      await expect(client.call('lie', {})).rejects.toThrow(/breaks its contract/);
    }));

  it('stops a call that is cancelled', () =>
    with_(async ({ client, aborted }) => {
      const controller = new AbortController();
      const answer = client.call('wait', {}, { signal: controller.signal });
      setTimeout(() => controller.abort(), 5);
      await expect(answer).rejects.toThrow();
      expect(aborted).toHaveBeenCalledOnce();
    }));

  it('delivers events until the subscription is disposed of', () =>
    with_(async ({ client, ticks }) => {
      const seen: number[] = [];
      const dispose = client.listen('ticks', { from: 10 }, (value) => seen.push(value));
      await vi.waitFor(() => expect(ticks.size).toBe(1));
      ticks.forEach((tick) => tick(1));
      await vi.waitFor(() => expect(seen).toEqual([11]));
      dispose();
      await vi.waitFor(() => expect(ticks.size).toBe(0));
    }));

  it('tells a listener that its parameters were refused', () =>
    with_(async ({ client }) => {
      const onError = vi.fn();
      client.listen('ticks', { from: 0.5 }, () => undefined, onError);
      await vi.waitFor(() => expect(onError).toHaveBeenCalledOnce());
    }));
});

describe.each(Object.entries(transports))('a connection over %s', (_kind, make) => {
  it('fails open calls and listeners when it closes', async () => {
    const { client, aborted, ticks, close } = make();
    const answer = client.call('wait', {});
    const onError = vi.fn();
    client.listen('ticks', { from: 0 }, () => undefined, onError);
    await vi.waitFor(() => expect(ticks.size).toBe(1));
    close();
    await expect(answer).rejects.toMatchObject({ code: 'contract.closed' });
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
    expect(onError).toHaveBeenCalledOnce();
    expect(ticks.size).toBe(0);
  });
});

describe('the host of a service', () => {
  function raw(limits?: { openCalls: number; subscriptions: number }) {
    const { table } = handlers();
    const [near, far] = memoryPair();
    serveClient(service, table, far, limits);
    const inbox = new Inbox();
    near.onMessage((message) => inbox.deliver(message));
    const answers: Record<string, unknown>[] = [];
    inbox.onMessage((message) => answers.push(message as Record<string, unknown>));
    return { near, answers };
  }

  it.each([null, 7, 'call', {}, { type: 'run' }, { type: 'call', id: -1, name: 'double' }, [], { type: 'cancel' }])(
    'answers %j with a refusal and closes',
    async (message) => {
      const { near, answers } = raw();
      const closed = vi.fn();
      near.onClose(closed);
      near.send(message);
      await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
      expect(answers).toMatchObject([{ type: 'refused', error: { code: 'contract.no-message' } }]);
    },
  );

  it.each(['constructor', '__proto__', 'toString', 'nothing'])('has no call named %s', async (name) => {
    const { near, answers } = raw();
    near.send({ type: 'call', id: 1, name, params: {} });
    await vi.waitFor(() =>
      expect(answers).toMatchObject([{ type: 'error', error: { code: 'contract.unknown-call' } }]),
    );
  });

  it('refuses an id that is still open', async () => {
    const { near, answers } = raw();
    near.send({ type: 'call', id: 1, name: 'wait', params: {} });
    near.send({ type: 'call', id: 1, name: 'double', params: { value: 1 } });
    await vi.waitFor(() => expect(answers).toMatchObject([{ type: 'error', error: { code: 'contract.id-in-use' } }]));
  });

  it('bounds what one client may have open', async () => {
    const { near, answers } = raw({ openCalls: 2, subscriptions: 1 });
    for (let id = 0; id < 3; id++) near.send({ type: 'call', id, name: 'wait', params: {} });
    for (let id = 3; id < 5; id++) near.send({ type: 'listen', id, name: 'ticks', params: { from: 0 } });
    await vi.waitFor(() => expect(answers.map(({ id }) => id)).toEqual([2, 4]));
    expect(answers).toMatchObject([{ error: { code: 'contract.too-many' } }, { error: { code: 'contract.too-many' } }]);
  });
});
