import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { StudioError } from '../../main/contract/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { buildImage, type BuiltImage } from '../../main/firmware/index.ts';
import {
  openSerialStream,
  openSession,
  sourceByte,
  type ByteStream,
  type Session,
  type SessionOptions,
} from '../../main/link/index.ts';
import { openQemuProbe, type Probe } from '../../main/probes/index.ts';
import { handModel, handModelAnswer } from '../firmware/handModel.ts';
import { faultyStream, type Fault, type FaultOptions } from './faultyStream.ts';

const board = findBoard('virtual-stm32f405');
const inputBytes = 900;
const folder = mkdtempSync(join(tmpdir(), 'link '));
let image: BuiltImage;
let probe: Probe;

beforeAll(async () => {
  image = await buildImage({ board, model: handModel({ inputBytes }), outDir: folder });
  probe = await openQemuProbe(board);
  await probe.flash(image.flashImage);
  await probe.reset();
});
afterAll(async () => {
  await probe?.close();
  rmSync(folder, { recursive: true });
});

const openStream = async (): ReturnType<typeof openSerialStream> =>
  openSerialStream((await probe.serialPath()) ?? '', 115_200);

async function connect(options: SessionOptions = {}): Promise<Session> {
  const session = await openSession(await openStream(), options);
  onTestFinished(() => session.close());
  return session;
}

const randomBytes = (seed: number, count: number): Uint8Array => {
  const random = createRandom(seed);
  return Uint8Array.from({ length: count }, () => random.below(256));
};

describe('a session', () => {
  it('carries bytes both ways', async () => {
    const session = await connect();
    const sent = randomBytes(1, 20_000);
    expect(await session.sink(sent, 0)).toEqual({ totalBytes: sent.length, crc: crc32(sent) });
    expect(await session.source(5, 20_000)).toEqual(Buffer.from(sent.map((_, at) => sourceByte(at + 5))));
    expect(await session.echo(sent.subarray(0, 5000))).toEqual(Buffer.from(sent.subarray(0, 5000)));
  });

  it('carries calls out one after the other, however they are called', async () => {
    const session = await connect();
    const pieces = Array.from({ length: 8 }, (_, seed) => randomBytes(seed, 100));
    const echoes = await Promise.all(pieces.map((piece) => session.echo(piece)));
    expect(echoes).toEqual(pieces.map((piece) => Buffer.from(piece)));
  });

  it('refuses an input of another size than the model takes', async () => {
    const session = await connect();
    await expect(session.load(new Int8Array(7))).rejects.toMatchObject({ code: 'link.wrong-input-size' });
  });

  it('does not run on an input that is not the one that was sent', async () => {
    const session = await connect();
    await expect(session.invoke()).rejects.toMatchObject({
      code: 'link.refused',
      message: 'The board refused INVOKE: it holds another input than was sent.',
    });
  });

  it('agrees on a faster rate and reports what was tried', async () => {
    const session = await connect({ raiseTo: 921_600 });
    expect(session.report()).toMatchObject({
      baudRate: 921_600,
      tried: [
        { baudRate: 115_200, answered: true },
        { baudRate: 921_600, answered: true },
      ],
    });
    expect(session.hello().baudRate).toBeGreaterThan(900_000);
    expect(await session.echo(Uint8Array.of(1, 2, 3))).toEqual(Buffer.from([1, 2, 3]));
  });

  it('goes back to the rate that works where a faster one does not', async () => {
    const stream = await openStream();
    const { setBaudRate, write } = stream;
    let isTooFast = false;
    const limited: ByteStream = {
      ...stream,
      setBaudRate: async (rate) => {
        isTooFast = rate > 500_000;
        await setBaudRate?.(rate);
      },
      // What the board would see of bytes that come too fast.
      write: (bytes) => write(isTooFast ? bytes.map((byte) => byte | 0x81) : bytes),
    };
    const session = await openSession(limited, { raiseTo: 921_600 });
    onTestFinished(() => session.close());
    expect(session.report()).toMatchObject({
      baudRate: 115_200,
      tried: [
        { baudRate: 115_200, answered: true },
        { baudRate: 921_600, answered: false },
      ],
    });
    expect(await session.echo(Uint8Array.of(1, 2, 3))).toEqual(Buffer.from([1, 2, 3]));
  });

  it('measures several runs', async () => {
    const session = await connect();
    await session.load(new Int8Array(inputBytes));
    const { ticks, minTicks, medianTicks, maxTicks } = await session.bench(4);
    expect(ticks).toHaveLength(4);
    expect(minTicks).toBe(maxTicks);
    expect(medianTicks).toBe(minTicks);
  });

  it('starts the firmware anew', async () => {
    const session = await connect();
    await session.restart();
    await session.close();
    const next = await connect();
    expect((await next.counters()).frames).toBeLessThan(10);
  });

  it('stops when it is told to', async () => {
    const session = await connect({ signal: AbortSignal.timeout(300) });
    await expect(session.source(0, 1 << 20)).rejects.toMatchObject({ code: 'link.aborted' });
  });

  it('fails at once when it is closed', async () => {
    const session = await connect();
    const waiting = expect(session.source(0, 1 << 20)).rejects.toMatchObject({ code: 'link.closed' });
    await session.close();
    await waiting;
    await expect(session.echo(new Uint8Array(1))).rejects.toMatchObject({ code: 'link.closed' });
  });
});

/** Whether what ended a transfer may end one. */
const isHonest = (thrown: unknown): boolean =>
  thrown instanceof StudioError && ['link.no-answer', 'link.no-greeting', 'link.session-lost'].includes(thrown.code);

async function faultySession(options: FaultOptions): Promise<{ session: Session; done: ReadonlyMap<Fault, number> }> {
  const stream = faultyStream(await openStream(), options);
  const session = await openSession(stream, { patienceMs: 15, requestMs: 6000, greetingMs: 6000 });
  onTestFinished(() => session.close());
  return { session, done: stream.done };
}

describe('over a line that drops, doubles, cuts, flips and adds', () => {
  it.each(Array.from({ length: 6 }, (_, seed) => seed))('accepts no wrong byte (seed %i)', async (seed) => {
    const started = performance.now();
    const probability = 0.05 + 0.4 * createRandom(seed).next();
    const sent = randomBytes(seed, 3000);
    const acknowledged = { bytes: 0 };
    try {
      const { session } = await faultySession({ seed, probability });
      for (let from = 0; from < sent.length; from += 1000) {
        const { totalBytes, crc } = await session.sink(sent.subarray(from, from + 1000), from);
        acknowledged.bytes = totalBytes;
        expect(crc).toBe(crc32(sent.subarray(0, totalBytes)));
      }
      expect(await session.source(seed, 3000)).toEqual(Buffer.from(sent.map((_, at) => sourceByte(at + seed))));
      const input = new Int8Array(sent.buffer.slice(0, inputBytes));
      expect(await session.run(input)).toEqual(handModelAnswer(input));
    } catch (thrown) {
      if (!isHonest(thrown)) throw thrown;
    }
    expect(performance.now() - started).toBeLessThan(40_000);
  });

  it.each<Fault>(['drop', 'double', 'cut', 'flip', 'insert'])(
    'completes although a third of the frames meet: %s',
    async (fault) => {
      const { session, done } = await faultySession({ seed: 7, probability: 0.33, faults: [fault] });
      const sent = randomBytes(3, 5000);
      expect(await session.sink(sent, 0)).toEqual({ totalBytes: sent.length, crc: crc32(sent) });
      expect(done.get(fault)).toBeGreaterThan(1);
    },
  );

  it('carries nothing out twice, though every frame arrives twice', async () => {
    const { session } = await faultySession({ seed: 1, probability: 1, faults: ['double'] });
    const sent = randomBytes(4, 3000);
    expect((await session.sink(sent, 0)).totalBytes).toBe(sent.length);
  });

  it('ends with a clear error in bounded time where nothing gets through', async () => {
    const started = performance.now();
    const stream = faultyStream(await openStream(), { seed: 1, probability: 1, faults: ['drop'] });
    const opening = openSession(stream, { greetingMs: 700, baudRates: [115_200, 921_600] });
    await expect(opening).rejects.toMatchObject({
      code: 'link.no-greeting',
      message: 'The board does not answer at 115200, 921600 baud.',
    });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('ends with a clear error when the line dies in the middle', async () => {
    const options = { seed: 1, probability: 0, faults: ['drop'] as const };
    const session = await openSession(faultyStream(await openStream(), options), { requestMs: 900 });
    onTestFinished(() => session.close());
    await session.echo(Uint8Array.of(1));
    Object.assign(options, { probability: 1 });
    await expect(session.echo(Uint8Array.of(2))).rejects.toMatchObject({ code: 'link.no-answer' });
  });

  it('says so when the board is unplugged', async () => {
    const mine = await openQemuProbe(board);
    await mine.flash(image.flashImage);
    await mine.reset();
    const session = await openSession(await openSerialStream((await mine.serialPath()) ?? '', 115_200));
    onTestFinished(() => session.close());
    const waiting = expect(session.source(0, 1 << 20)).rejects.toMatchObject({ code: 'link.closed' });
    await mine.close();
    await waiting;
  });
});

describe('a serial port', () => {
  it('that is not there is named', async () => {
    await expect(openSerialStream('/dev/no-such-port', 115_200)).rejects.toMatchObject({
      code: 'link.port-missing',
      message: 'The serial port /dev/no-such-port cannot be opened: there is no such port.',
    });
  });
});
