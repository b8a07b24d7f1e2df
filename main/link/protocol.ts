import { StudioError } from '../contract/index.ts';
import type { FaultRegisters } from './faultRegisters.ts';

/** What the host may ask; the same numbers as in `resources/firmware/common/link.c`. */
export const Kind = {
  hello: 1,
  load: 2,
  invoke: 3,
  output: 4,
  profile: 5,
  stack: 6,
  echo: 7,
  sink: 8,
  source: 9,
  counters: 10,
  rate: 11,
  restart: 12,
} as const;

export const PROTOCOL_VERSION = 1;
/** An answer's kind is its request's with this bit. */
export const ANSWER = 0x80;

export const Status = {
  done: 0,
  unknownKind: 1,
  malformed: 2,
  outOfRange: 3,
  inputDamaged: 4,
  modelFailed: 5,
  otherSession: 6,
  faulted: 7,
} as const;

/** Where the core's clock comes from, as the firmware found it. */
export type ClockSource = 'as-reset' | 'internal' | 'crystal' | 'bypass' | 'fixed';
const clockSources: readonly ClockSource[] = ['as-reset', 'internal', 'crystal', 'bypass', 'fixed'];

/** How a running board introduces itself. */
export interface BoardHello {
  readonly protocolVersion: number;
  readonly payloadBytes: number;
  readonly buildId: string;
  readonly boardId: string;
  readonly clockHz: number;
  readonly clockSource: ClockSource;
  /** What counts the ticks: DWT's cycle counter, or SysTick where that does not count. */
  readonly counter: 'dwt' | 'systick';
  /** Ticks that `calibrationInstructions` simple instructions took at the start. */
  readonly calibrationTicks: number;
  readonly calibrationInstructions: number;
  readonly cpuId: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  /** What the model itself declares to need: all its static memory, input included. */
  readonly modelSramBytes: number;
  /** Operators that PROFILE can tell of; 0 where the image was built without. */
  readonly operators: number;
  /** The rate that the board really has, nearest to the one asked for. */
  readonly baudRate: number;
  readonly stackBytes: number;
}

/** The board's own count of what came over the link since its start. */
export interface LinkCounters {
  readonly frames: number;
  readonly damaged: number;
  readonly dropped: number;
  readonly repeated: number;
  readonly ignored: number;
  readonly lineErrors: number;
}

/** Reads little-endian fields in order. */
export class Fields {
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private next<T>(count: number, read: (at: number) => T): T {
    if (this.at + count > this.view.byteLength) {
      throw new StudioError({
        code: 'link.answer-too-short',
        message: `The board's answer ends before byte ${this.at + count}: its firmware speaks another protocol.`,
        remedy: 'Build and flash the firmware again with this version of MCUNet Studio.',
        details: { bytes: this.view.byteLength },
      });
    }
    const value = read(this.at);
    this.at += count;
    return value;
  }

  u8 = (): number => this.next(1, (at) => this.view.getUint8(at));
  u16 = (): number => this.next(2, (at) => this.view.getUint16(at, true));
  u32 = (): number => this.next(4, (at) => this.view.getUint32(at, true));
  i32 = (): number => this.next(4, (at) => this.view.getInt32(at, true));
  /** Exact up to 2^53. */
  u64 = (): number => this.next(8, (at) => Number(this.view.getBigUint64(at, true)));

  bytes = (count: number): Uint8Array =>
    this.next(count, (at) => new Uint8Array(this.view.buffer, this.view.byteOffset + at, count).slice());

  rest = (): Uint8Array => this.bytes(this.view.byteLength - this.at);
}

/** Little-endian fields in order: `[bytes, value]`. */
export function packFields(...fields: readonly (readonly [1 | 2 | 4, number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [count]) => sum + count, 0));
  let at = 0;
  for (const [count, value] of fields) {
    for (let i = 0; i < count; i++) bytes[at++] = Math.floor(value / 2 ** (8 * i)) & 0xff;
  }
  return bytes;
}

export function readHello(payload: Uint8Array): BoardHello {
  const fields = new Fields(payload);
  const protocolVersion = fields.u8();
  if (protocolVersion !== PROTOCOL_VERSION) {
    throw new StudioError({
      code: 'link.other-protocol',
      message: `The board's firmware speaks version ${protocolVersion} of the link, and this is version ${PROTOCOL_VERSION}.`,
      remedy: 'Build and flash the firmware again with this version of MCUNet Studio.',
      details: { protocolVersion },
    });
  }
  const hello: BoardHello = {
    protocolVersion,
    payloadBytes: fields.u16(),
    buildId: Buffer.from(fields.bytes(8)).toString('hex'),
    boardId: new TextDecoder().decode(fields.bytes(fields.u8())),
    clockHz: fields.u32(),
    clockSource: clockSources[fields.u8()] ?? 'as-reset',
    counter: fields.u8() === 1 ? 'dwt' : 'systick',
    calibrationTicks: fields.u32(),
    calibrationInstructions: fields.u32(),
    cpuId: fields.u32(),
    inputBytes: fields.u32(),
    outputBytes: fields.u32(),
    modelSramBytes: fields.u32(),
    operators: fields.u32(),
    baudRate: fields.u32(),
    stackBytes: fields.u32(),
  };
  assertPlausible(hello);
  return hello;
}

/** Sizes that no board of ours can have would make us loop or take all memory: whoever says so is not our firmware. */
function assertPlausible(hello: BoardHello): void {
  const { payloadBytes, inputBytes, outputBytes, operators } = hello;
  const LARGEST_TENSOR_BYTES = 1 << 26;
  const isPlausible =
    payloadBytes >= 64 &&
    inputBytes <= LARGEST_TENSOR_BYTES &&
    outputBytes <= LARGEST_TENSOR_BYTES &&
    operators <= 0xffff;
  if (isPlausible) return;
  throw new StudioError({
    code: 'link.implausible',
    message: 'What answers on this port says things of itself that no board can mean.',
    remedy: 'Check that this is the board’s port, and flash its firmware again.',
    details: { ...hello },
  });
}

export function readCounters(payload: Uint8Array): LinkCounters {
  const fields = new Fields(payload);
  return {
    frames: fields.u32(),
    damaged: fields.u32(),
    dropped: fields.u32(),
    repeated: fields.u32(),
    ignored: fields.u32(),
    lineErrors: fields.u32(),
  };
}

export function readFault(payload: Uint8Array): FaultRegisters {
  const { u32 } = new Fields(payload);
  const registers = {
    r0: u32(),
    r1: u32(),
    r2: u32(),
    r3: u32(),
    r12: u32(),
    lr: u32(),
    pc: u32(),
    xpsr: u32(),
    cfsr: u32(),
    hfsr: u32(),
    mmfar: u32(),
    bfar: u32(),
    exception: u32(),
    stackPointer: u32(),
  };
  const operator = u32();
  return { ...registers, operator: operator === 0xffffffff ? null : operator };
}
