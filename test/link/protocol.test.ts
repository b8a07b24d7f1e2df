import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, openSession, type ByteStream, type Frame } from '../../main/link/index.ts';

/** A stream at whose other end `answer` decides what comes back to each frame. */
function scriptedStream(answer: (request: Frame) => Uint8Array | null): ByteStream {
  const listeners = new Set<(bytes: Uint8Array) => void>();
  return {
    async write(bytes) {
      const request = decodeFrame(bytes.subarray(1, -1));
      const payload = request === null ? null : answer(request);
      if (request === null || payload === null) return;
      const frame = encodeFrame({ ...request, kind: request.kind | 0x80, payload });
      queueMicrotask(() => listeners.forEach((listener) => listener(frame)));
    },
    onData: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onClose: () => () => undefined,
    close: async () => listeners.clear(),
  };
}

interface HelloFields {
  readonly version?: number;
  readonly payloadBytes?: number;
  readonly outputBytes?: number;
}

/** The greeting of a board that is called `b`. */
function hello({ version = 1, payloadBytes = 256, outputBytes = 4 }: HelloFields): Uint8Array {
  const bytes = Buffer.alloc(60);
  bytes.writeUInt8(version, 1);
  bytes.writeUInt16LE(payloadBytes, 2);
  bytes.writeUInt8(1, 12);
  bytes.write('b', 13);
  bytes.writeUInt32LE(168_000_000, 14);
  bytes.writeUInt32LE(4, 32);
  bytes.writeUInt32LE(outputBytes, 36);
  return bytes;
}

const quick = { greetingMs: 300, requestMs: 300, patienceMs: 20 };

describe('whoever answers on a port', () => {
  it('is believed when what it says can be', async () => {
    const session = await openSession(
      scriptedStream(() => hello({})),
      quick,
    );
    expect(session.hello()).toMatchObject({ boardId: 'b', clockHz: 168_000_000, inputBytes: 4, outputBytes: 4 });
  });

  it.each<[string, HelloFields, string]>([
    ['speaks another version', { version: 9 }, 'link.other-protocol'],
    ['takes frames too small to hold anything', { payloadBytes: 3 }, 'link.implausible'],
    ['has more output than any board has memory', { outputBytes: 0xffffffff }, 'link.implausible'],
  ])('is refused when it %s', async (_, fields, code) => {
    await expect(
      openSession(
        scriptedStream(() => hello(fields)),
        quick,
      ),
    ).rejects.toMatchObject({ code });
  });

  it('is refused when its answer is cut short', async () => {
    const cut = scriptedStream(() => hello({}).subarray(0, 20));
    await expect(openSession(cut, quick)).rejects.toMatchObject({ code: 'link.answer-too-short' });
  });

  it('is not believed when it answers less than it was asked for', async () => {
    const session = await openSession(
      scriptedStream(({ kind }) => (kind === 1 ? hello({}) : new Uint8Array(3))),
      quick,
    );
    await expect(session.output()).rejects.toMatchObject({ code: 'link.answer-too-short' });
    await expect(session.source(0, 100)).rejects.toMatchObject({ code: 'link.answer-too-short' });
  });

  it('is told apart from silence', async () => {
    await expect(
      openSession(
        scriptedStream(() => null),
        quick,
      ),
    ).rejects.toMatchObject({ code: 'link.no-greeting' });
  });
});
