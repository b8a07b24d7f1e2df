import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { StudioError, type LongCall } from '../contract/index.ts';
import type { ByteStream } from './byteStream.ts';
import type { FaultRegisters } from './faultRegisters.ts';
import { Requester, type AskOptions } from './requester.ts';
import { Fields, Kind, packFields, readCounters, readHello, type BoardHello, type LinkCounters } from './protocol.ts';

export interface SessionOptions {
  /** Rates to try for the greeting, in this order; ignored where the stream has none. Default 115 200. */
  readonly baudRates?: readonly number[];
  /** The highest rate to agree on afterwards; default: stay at the rate of the greeting. */
  readonly raiseTo?: number;
  /** How long one rate is tried. A pseudo-terminal's first byte may take a second. Default 4 s. */
  readonly greetingMs?: number;
  /** How long any request other than INVOKE may take in all, retries included. Default 20 s. */
  readonly requestMs?: number;
  /** How long an answer may take beyond its bytes before its request is sent again. Default 250 ms. */
  readonly patienceMs?: number;
  /** How long the model may run. Default 5 minutes. */
  readonly invokeMs?: number;
  /** Ends the sentence "The firmware stopped …" for a fault; without it, address and operator are told. */
  readonly describeFault?: (registers: FaultRegisters) => string;
  readonly signal?: AbortSignal;
}

/** One run of the model on the board. */
export interface Invocation {
  /** Of the board's counter, for the whole of `model_invoke`. */
  readonly ticks: number;
  /** Depth of the stack that was used, from its top. */
  readonly stackBytes: number;
  /** CRC-32 of the output that is now on the board. */
  readonly outputCrc: number;
}

export interface OperatorTicks {
  /** What measuring itself costs is taken off. */
  readonly ticks: number;
  /** How often it was entered: once, or once for each of its rows where rows are streamed. */
  readonly calls: number;
}

export interface ProfiledInvocation extends Invocation {
  readonly operators: readonly OperatorTicks[];
  /** What one pair of marks cost. */
  readonly overheadTicks: number;
}

export interface Bench {
  /** One for each run, in order; warm-up runs are not among them. */
  readonly ticks: readonly number[];
  readonly minTicks: number;
  readonly medianTicks: number;
  readonly maxTicks: number;
}

export interface StackUse {
  readonly totalBytes: number;
  /** Deepest since the board's start. */
  readonly usedBytes: number;
  /** The model's arena, and how much of it, in each of its pieces from the beginning, was ever written; 0 where it has none. */
  readonly arenaBytes: number;
  readonly arenaUsedBytes: number;
}

/** What was tried to reach the board, and which rate answered. */
export interface LinkReport {
  readonly tried: readonly { readonly baudRate: number; readonly answered: boolean }[];
  /** The rate in use; null where the stream has none. */
  readonly baudRate: number | null;
  /** Frames that were sent again, and answers that came in damaged. */
  readonly resent: number;
  readonly damaged: number;
  /** Requests that were answered, and bytes on the line, both since the session began. */
  readonly answered: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The last of what came in and was no frame, as text. */
  readonly rubbish: string;
}

/**
 * A conversation with a running board. Calls are carried out one after the other. Every call ends: with its result, or
 * with a `StudioError` — `link.no-answer`, `link.closed`, `link.session-lost`, `link.refused`, `link.fault` (with the
 * registers in `details.registers`), `link.model-failed`, `link.aborted`.
 */
export interface Session {
  hello(): BoardHello;
  report(): LinkReport;
  /** Puts the model's input on the board: exactly `hello().inputBytes` bytes. */
  load(input: Int8Array, call?: LongCall): Promise<void>;
  /** Runs the model once on what was loaded, whose checksum the board compares first. */
  invoke(): Promise<Invocation>;
  output(): Promise<Int8Array>;
  /** load, invoke, output. */
  run(input: Int8Array): Promise<Int8Array>;
  /** Runs once and tells what each operator took; the total is that of a run with marks. */
  profile(): Promise<ProfiledInvocation>;
  /**
   * Runs `count` times after one warm-up. Only the warm-up sees the input that was loaded: a plan that overwrites its
   * input leaves the others to run on what is there, which costs the same time but for saturation.
   */
  bench(count: number, call?: LongCall): Promise<Bench>;
  stack(): Promise<StackUse>;
  counters(): Promise<LinkCounters>;
  /** Sends bytes and gets them back. */
  echo(bytes: Uint8Array): Promise<Uint8Array>;
  /** Sends bytes that the board only counts and sums up; resolves with its CRC-32 of all since `offset` 0. */
  sink(bytes: Uint8Array, offset: number): Promise<{ readonly totalBytes: number; readonly crc: number }>;
  /** `count` bytes of the board's pseudo-random file, `sourceByte` of each position. */
  source(offset: number, count: number): Promise<Uint8Array>;
  /** Starts the firmware anew; the session ends. */
  restart(): Promise<void>;
  /** Closes the stream too. Idempotent. */
  close(): Promise<void>;
}

/** What the board's SOURCE holds at a position. */
export const sourceByte = (position: number): number => ((Math.imul(position, 2654435761) >>> 24) ^ position) & 0xff;

/** What an answer's payload holds besides its data: the status. */
const ANSWER_OVERHEAD = 1;

/**
 * Greets the board at each of the rates in turn and opens a session at the first that answers.
 * @throws StudioError `link.no-greeting` with the rates tried, `link.other-protocol`, `link.fault`
 */
export async function openSession(stream: ByteStream, options: SessionOptions = {}): Promise<Session> {
  const requester = new Requester(stream, randomInt(0x10000), {
    requestMs: options.requestMs ?? 20_000,
    ...(options.patienceMs !== undefined && { patienceMs: options.patienceMs }),
    ...(options.describeFault && { describeFault: options.describeFault }),
  });
  try {
    const greeted = await greet(stream, requester, options);
    const session = new BoardSession(stream, requester, greeted, options);
    const { raiseTo } = options;
    if (raiseTo !== undefined && greeted.baudRate !== null && raiseTo > greeted.baudRate) await session.raise(raiseTo);
    return session;
  } catch (thrown) {
    requester.end();
    await stream.close();
    throw thrown;
  }
}

interface Greeting {
  readonly hello: BoardHello;
  readonly tried: readonly { readonly baudRate: number; readonly answered: boolean }[];
  readonly baudRate: number | null;
}

async function greet(stream: ByteStream, requester: Requester, options: SessionOptions): Promise<Greeting> {
  const rates = options.baudRates ?? [115_200];
  const tried: { baudRate: number; answered: boolean }[] = [];
  for (const baudRate of stream.setBaudRate ? rates : rates.slice(0, 1)) {
    await stream.setBaudRate?.(baudRate);
    const hello = await tryHello(requester, options.greetingMs ?? 4000, options.signal);
    tried.push({ baudRate, answered: hello !== null });
    if (hello !== null) return { hello, tried, baudRate: stream.setBaudRate ? baudRate : null };
  }
  throw new StudioError({
    code: 'link.no-greeting',
    message: `The board does not answer at ${tried.map(({ baudRate }) => baudRate).join(', ')} baud.`,
    remedy: 'Check that this is the board’s port and that its firmware was flashed; press its reset button and retry.',
    details: { tried, damagedFrames: requester.damaged },
  });
}

async function tryHello(requester: Requester, withinMs: number, signal?: AbortSignal): Promise<BoardHello | null> {
  try {
    return readHello(await requester.ask(Kind.hello, new Uint8Array(), { withinMs, signal }));
  } catch (thrown) {
    if (thrown instanceof StudioError && thrown.code === 'link.no-answer') return null;
    throw thrown;
  }
}

class BoardSession implements Session {
  private readonly stream: ByteStream;
  private readonly requester: Requester;
  private readonly options: SessionOptions;
  private greeting: Greeting;
  private inputCrc = 0;

  constructor(stream: ByteStream, requester: Requester, greeting: Greeting, options: SessionOptions) {
    this.stream = stream;
    this.requester = requester;
    this.greeting = greeting;
    this.options = options;
  }

  hello = (): BoardHello => this.greeting.hello;

  report(): LinkReport {
    const { tried, baudRate } = this.greeting;
    const { resent, damaged, answered, sentBytes, receivedBytes, rubbish } = this.requester;
    return { tried, baudRate, resent, damaged, answered, sentBytes, receivedBytes, rubbish };
  }

  private ask(kind: number, payload: Uint8Array = new Uint8Array(), options: AskOptions = {}): Promise<Uint8Array> {
    return this.requester.ask(kind, payload, { signal: this.options.signal, ...options });
  }

  /** Agrees on a faster rate; where that does not work, both ends go back. */
  async raise(baudRate: number): Promise<void> {
    const before = this.greeting;
    await this.ask(Kind.rate, packFields([4, baudRate]));
    await this.stream.setBaudRate?.(baudRate);
    const hello = await tryHello(this.requester, 1500, this.options.signal);
    const tried = [...before.tried, { baudRate, answered: hello !== null }];
    if (hello !== null) {
      this.greeting = { hello, tried, baudRate };
      return;
    }
    await this.stream.setBaudRate?.(before.baudRate ?? baudRate);
    const back = await tryHello(this.requester, this.options.greetingMs ?? 4000, this.options.signal);
    if (back === null) throw lostAfterRate(baudRate);
    this.greeting = { hello: back, tried, baudRate: before.baudRate };
  }

  async load(input: Int8Array, call: LongCall = {}): Promise<void> {
    const { inputBytes, payloadBytes } = this.hello();
    if (input.length !== inputBytes) throw wrongInput(input.length, inputBytes);
    const bytes = new Uint8Array(input.buffer, input.byteOffset, input.length);
    const step = payloadBytes - 4;
    for (let offset = 0; offset < bytes.length; offset += step) {
      const piece = bytes.subarray(offset, offset + step);
      await this.ask(Kind.load, Buffer.concat([packFields([4, offset]), piece]), { signal: call.signal });
      const done = offset + piece.length;
      call.onProgress?.({ stage: 'sending', done, total: bytes.length, remainingMs: null });
    }
    this.inputCrc = crc32(bytes);
  }

  invoke = (): Promise<Invocation> => this.invokeWith(0);

  private async invokeWith(flags: number, signal?: AbortSignal): Promise<Invocation> {
    const request = packFields([4, this.inputCrc], [1, flags]);
    const options = { withinMs: this.options.invokeMs ?? 300_000, isLong: true, ...(signal ? { signal } : {}) };
    const fields = new Fields(await this.ask(Kind.invoke, request, options));
    fields.i32();
    return { ticks: fields.u64(), stackBytes: fields.u32(), outputCrc: fields.u32() };
  }

  async output(): Promise<Int8Array> {
    const { outputBytes, payloadBytes } = this.hello();
    const output = new Uint8Array(outputBytes);
    const step = payloadBytes - ANSWER_OVERHEAD;
    for (let offset = 0; offset < outputBytes; offset += step) {
      const count = Math.min(step, outputBytes - offset);
      const piece = await this.ask(Kind.output, packFields([4, offset], [2, count]));
      if (piece.length !== count) throw oddAnswer('output', count, piece.length);
      output.set(piece, offset);
    }
    return new Int8Array(output.buffer);
  }

  async run(input: Int8Array): Promise<Int8Array> {
    await this.load(input);
    const { outputCrc } = await this.invoke();
    const output = await this.output();
    if (crc32(new Uint8Array(output.buffer)) !== outputCrc) throw oddAnswer('output', outputCrc, -1);
    return output;
  }

  async profile(): Promise<ProfiledInvocation> {
    const { operators, payloadBytes } = this.hello();
    if (operators === 0) throw notProfiled();
    const invocation = await this.invokeWith(1);
    const step = Math.floor((payloadBytes - ANSWER_OVERHEAD - 4) / 12);
    const found: OperatorTicks[] = [];
    let overheadTicks = 0;
    for (let first = 0; first < operators; first += step) {
      const count = Math.min(step, operators - first);
      const fields = new Fields(await this.ask(Kind.profile, packFields([2, first], [2, count])));
      overheadTicks = fields.u32() / 256;
      for (let i = 0; i < count; i++) {
        const [ticks, calls] = [fields.u64(), fields.u32()];
        found.push({ ticks: Math.max(0, Math.round(ticks - calls * overheadTicks)), calls });
      }
    }
    return { ...invocation, operators: found, overheadTicks };
  }

  async bench(count: number, call: LongCall = {}): Promise<Bench> {
    const AS_IT_IS = 2;
    await this.invokeWith(AS_IT_IS, call.signal);
    const ticks: number[] = [];
    for (let run = 0; run < count; run++) {
      ticks.push((await this.invokeWith(AS_IT_IS, call.signal)).ticks);
      call.onProgress?.({ stage: 'measuring', done: run + 1, total: count, remainingMs: null });
    }
    const sorted = [...ticks].sort((a, b) => a - b);
    const at = (index: number): number => sorted[index] ?? 0;
    const [low, high] = [Math.floor((count - 1) / 2), Math.ceil((count - 1) / 2)];
    return { ticks, minTicks: at(0), medianTicks: (at(low) + at(high)) / 2, maxTicks: at(count - 1) };
  }

  async stack(): Promise<StackUse> {
    const fields = new Fields(await this.ask(Kind.stack));
    return {
      totalBytes: fields.u32(),
      usedBytes: fields.u32(),
      arenaBytes: fields.u32(),
      arenaUsedBytes: fields.u32(),
    };
  }

  counters = async (): Promise<LinkCounters> => readCounters(await this.ask(Kind.counters));

  async echo(bytes: Uint8Array): Promise<Uint8Array> {
    const step = this.hello().payloadBytes - ANSWER_OVERHEAD;
    const pieces: Uint8Array[] = [];
    for (let offset = 0; offset < bytes.length; offset += step) {
      pieces.push(await this.ask(Kind.echo, bytes.subarray(offset, offset + step)));
    }
    return Buffer.concat(pieces);
  }

  async sink(bytes: Uint8Array, offset: number): Promise<{ totalBytes: number; crc: number }> {
    const step = this.hello().payloadBytes - 4;
    let last = { totalBytes: offset, crc: 0 };
    for (let from = 0; from < bytes.length; from += step) {
      const piece = bytes.subarray(from, from + step);
      const fields = new Fields(await this.ask(Kind.sink, Buffer.concat([packFields([4, offset + from]), piece])));
      last = { totalBytes: fields.u32(), crc: fields.u32() };
    }
    return last;
  }

  async source(offset: number, count: number): Promise<Uint8Array> {
    const step = this.hello().payloadBytes - ANSWER_OVERHEAD;
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < count; from += step) {
      const length = Math.min(step, count - from);
      const piece = await this.ask(Kind.source, packFields([4, offset + from], [2, length]));
      if (piece.length !== length) throw oddAnswer('bytes', length, piece.length);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  async restart(): Promise<void> {
    await this.ask(Kind.restart);
    this.requester.end();
  }

  async close(): Promise<void> {
    this.requester.end();
    await this.stream.close();
  }
}

const wrongInput = (given: number, wanted: number): StudioError =>
  new StudioError({
    code: 'link.wrong-input-size',
    message: `The model on the board takes ${wanted} bytes of input, and ${given} were given.`,
    remedy: 'Give one sample that fits the model’s input.',
    details: { given, wanted },
  });

const notProfiled = (): StudioError =>
  new StudioError({
    code: 'link.not-profiled',
    message: 'The image on the board was built without the marks that count cycles for each operator.',
    remedy: 'Build it again with profiling, or measure the whole run only.',
  });

const oddAnswer = (what: string, wanted: number, got: number): StudioError =>
  new StudioError({
    code: 'link.answer-too-short',
    message: `The board's answer does not hold the ${what} that was asked for.`,
    remedy: 'Build and flash the firmware again with this version of MCUNet Studio.',
    details: { what, wanted, got },
  });

const lostAfterRate = (baudRate: number): StudioError =>
  new StudioError({
    code: 'link.rate-failed',
    message: `The board was lost on the way to ${baudRate} baud.`,
    remedy: 'Press the board’s reset button and connect at a lower rate.',
    details: { baudRate },
  });
