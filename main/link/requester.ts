import { StudioError } from '../contract/index.ts';
import type { ByteStream } from './byteStream.ts';
import { encodeFrame, FrameReader, type Frame } from './frames.ts';
import type { FaultRegisters } from './faultRegisters.ts';
import { ANSWER, Kind, readFault, Status } from './protocol.ts';

export interface AskOptions {
  /** Time for the answer, all attempts together. */
  readonly withinMs?: number;
  /** The board may be silent for long because it works, so it is asked again less often. */
  readonly isLong?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How long an answer may take before its request is sent again; grows by half with each attempt. */
const DEFAULT_PATIENCE_MS = 250;
const LONGEST_PATIENCE = 8;
/** Letters kept of what came in and was no frame. */
const KEPT_RUBBISH = 4000;
/** Ten bits a byte at the slowest rate in use, and as long again for the answer. */
const MS_PER_BYTE = (2 * 10 * 1000) / 115_200;

export interface RequesterOptions {
  /** Time for a request that does not say its own. */
  readonly requestMs: number;
  readonly patienceMs?: number;
  readonly describeFault?: (registers: FaultRegisters) => string;
}

/**
 * Requests and answers over a stream that may lose, repeat or damage bytes: each request is sent until its answer has
 * come or its time is over, one after the other. The board carries each out once, however often it is sent.
 */
export class Requester {
  private readonly stream: ByteStream;
  private readonly session: number;
  private readonly options: RequesterOptions;
  private readonly reader: FrameReader;
  private readonly unsubscribe: readonly (() => void)[];
  private sequence = 0;
  private waiting: ((frame: Frame) => void) | null = null;
  private failWaiting: ((error: StudioError) => void) | null = null;
  private closed: StudioError | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  /** Frames sent again so far. */
  resent = 0;
  /** What went over the line so far, in bytes, and how many requests were answered. */
  sentBytes = 0;
  receivedBytes = 0;
  answered = 0;
  /** The last of what came in and was no frame, as text. */
  rubbish = '';

  constructor(stream: ByteStream, session: number, options: RequesterOptions) {
    this.stream = stream;
    this.session = session;
    this.options = options;
    this.reader = new FrameReader(
      (frame) => this.waiting?.(frame),
      undefined,
      (bytes) => (this.rubbish = (this.rubbish + printable(bytes)).slice(-KEPT_RUBBISH)),
    );
    this.unsubscribe = [
      stream.onData((bytes) => {
        this.receivedBytes += bytes.length;
        this.reader.push(bytes);
      }),
      stream.onClose((reason) => this.fail(closedError(reason))),
    ];
  }

  /** Frames that came in with a wrong byte so far. */
  get damaged(): number {
    return this.reader.damaged;
  }

  /** The payload of the board's answer, its status taken off. */
  ask(kind: number, payload: Uint8Array, options: AskOptions = {}): Promise<Uint8Array> {
    const answer = this.queue.then(() => this.askNow(kind, payload, options));
    this.queue = answer.catch(() => undefined);
    return answer;
  }

  /** Everything that waits fails, and so does whatever comes after. */
  end(): void {
    for (const stop of this.unsubscribe) stop();
    this.fail(closedError(null));
  }

  private fail(error: StudioError): void {
    this.closed ??= error;
    this.failWaiting?.(error);
  }

  private async askNow(kind: number, payload: Uint8Array, options: AskOptions): Promise<Uint8Array> {
    if (this.closed !== null) throw this.closed;
    if (options.signal?.aborted) throw aborted();
    this.sequence = (this.sequence + 1) & 0xffff;
    const { session, sequence } = this;
    const bytes = encodeFrame({ kind, session, sequence, payload });
    const answer = await this.exchange(kind, bytes, options);
    const status = answer.payload[0] ?? Status.malformed;
    if (status !== Status.done) throw refused(kind, status, answer.payload.subarray(1), this.options.describeFault);
    return answer.payload.subarray(1);
  }

  private exchange(kind: number, bytes: Uint8Array, options: AskOptions): Promise<Frame> {
    const withinMs = options.withinMs ?? this.options.requestMs;
    const { session, sequence } = this;
    return new Promise<Frame>((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      let patienceMs =
        (options.isLong ? 4 : 1) * ((this.options.patienceMs ?? DEFAULT_PATIENCE_MS) + bytes.length * MS_PER_BYTE);
      const longestMs = LONGEST_PATIENCE * patienceMs;
      let attempts = 0;
      const finish = (): void => {
        clearTimeout(timer);
        clearTimeout(deadline);
        options.signal?.removeEventListener('abort', onAbort);
        this.waiting = null;
        this.failWaiting = null;
      };
      const fail = (error: StudioError): void => {
        finish();
        reject(error);
      };
      const onAbort = (): void => fail(aborted());
      const deadline = setTimeout(() => fail(noAnswer(kind, withinMs, attempts, this.damaged)), withinMs);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      this.failWaiting = fail;
      this.waiting = (frame) => {
        if (frame.kind !== (kind | ANSWER) || frame.session !== session || frame.sequence !== sequence) return;
        this.answered++;
        finish();
        resolve(frame);
      };
      const send = (): void => {
        attempts++;
        if (attempts > 1) this.resent++;
        this.sentBytes += bytes.length;
        const sent = this.stream.write(bytes);
        sent.catch((thrown: unknown) => fail(closedError(thrown instanceof Error ? thrown : null)));
        timer = setTimeout(send, patienceMs);
        patienceMs = Math.min(patienceMs * 1.5, longestMs);
      };
      send();
    });
  }
}

/** Text as it is, everything else as its number. */
const printable = (bytes: Uint8Array): string =>
  `${Array.from(bytes.subarray(0, KEPT_RUBBISH), (byte) =>
    (byte >= 32 && byte < 127) || byte === 10 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  ).join('')}\n`;

const kindName = (kind: number): string =>
  (Object.entries(Kind).find(([, value]) => value === kind)?.[0] ?? `request ${kind}`).toUpperCase();

function refused(
  kind: number,
  status: number,
  rest: Uint8Array,
  describeFault: (registers: FaultRegisters) => string = whereFaulted,
): StudioError {
  if (status === Status.faulted) {
    const registers = readFault(rest);
    return new StudioError({
      code: 'link.fault',
      message: `The firmware stopped ${describeFault(registers)}.`,
      remedy: 'Reset the board; if it happens again, report it with the registers below.',
      details: { request: kindName(kind), registers },
    });
  }
  if (status === Status.modelFailed) {
    const result = rest.length >= 4 ? new DataView(rest.buffer, rest.byteOffset).getInt32(0, true) : null;
    return new StudioError({
      code: 'link.model-failed',
      message: `The model on the board ended with error ${result}.`,
      remedy: 'Report it: generated code must not fail.',
      details: { result },
    });
  }
  if (status === Status.otherSession) {
    return new StudioError({
      code: 'link.session-lost',
      message: 'The board was reset, or another program talks to it.',
      remedy: 'Close the other program and connect again.',
      details: { request: kindName(kind) },
    });
  }
  const why =
    {
      1: 'does not know it',
      2: 'found it malformed',
      3: 'found it out of range',
      4: 'holds another input than was sent',
    }[status] ?? `answered with status ${status}`;
  return new StudioError({
    code: 'link.refused',
    message: `The board refused ${kindName(kind)}: it ${why}.`,
    remedy: 'Build and flash the firmware again with this version of MCUNet Studio.',
    details: { request: kindName(kind), status },
  });
}

const whereFaulted = ({ pc, operator }: FaultRegisters): string =>
  `with a fault at 0x${pc.toString(16).padStart(8, '0')}${operator === null ? '' : ` while operator ${operator} ran`}`;

const noAnswer = (kind: number, withinMs: number, attempts: number, damaged: number): StudioError =>
  new StudioError({
    code: 'link.no-answer',
    message: `The board did not answer ${kindName(kind)} within ${withinMs / 1000} s (${attempts} attempts).`,
    remedy: 'Press the board’s reset button, check the cable, and retry.',
    details: { request: kindName(kind), withinMs, attempts, damagedFrames: damaged },
  });

const closedError = (reason: Error | null): StudioError =>
  reason instanceof StudioError
    ? reason
    : new StudioError({
        code: 'link.closed',
        message: `The connection to the board is closed${reason === null ? '' : `: ${reason.message}`}.`,
        remedy: 'Plug the board in again and reconnect.',
        cause: reason,
      });

const aborted = (): StudioError =>
  new StudioError({
    code: 'link.aborted',
    message: 'The request to the board was stopped.',
    remedy: 'Start it again when you like.',
  });
