import type { Board } from '../../../../main/boards/index.ts';
import type { ByteStream } from '../../../../main/link/index.ts';
import { BusFault, type Bus } from '../bus.ts';
import { ThumbCore } from '../thumb/core.ts';
import { familyPeripherals, type Answer, type FamilyPeripherals } from './peripherals.ts';
import { uartModel, type UartModel } from './uarts.ts';

export interface FirmwareRunOptions {
  /** What does not start: its ready bit stays clear. */
  readonly broken?: readonly Answer['name'][];
}

interface Memory {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly writable: boolean;
}

const exceptionReturn = 0xfffffff0;
const sliceInstructions = 200_000;

/**
 * Runs a board's real image, instruction by instruction, on the board's memories and a model of the few peripherals that
 * start-up uses. Every access to anything else is recorded as a violation. Its UART is a byte stream, so the real link can
 * talk to it.
 */
export class FirmwareRun implements Bus {
  readonly core: ThumbCore;
  readonly violations: string[] = [];
  private readonly board: Board;
  private readonly memories: readonly Memory[];
  private readonly peripherals: FamilyPeripherals;
  private readonly broken: ReadonlySet<string>;
  private readonly registers = new Map<number, number>();
  private readonly uart: UartModel;
  private readonly uartBase: number;
  private readonly wire: number[] = [];
  private out: number[] = [];
  private asleep = false;
  private closed = false;
  private turning = false;
  private inInterrupt = false;
  private savedStack = 0;
  private listeners: ((bytes: Uint8Array) => void)[] = [];

  constructor(
    board: Board,
    segments: readonly { address: number; bytes: Uint8Array }[],
    options: FirmwareRunOptions = {},
  ) {
    const peripherals = familyPeripherals[board.family];
    if (peripherals === undefined) throw new Error(`no peripherals are modelled for ${board.family}`);
    this.board = board;
    this.peripherals = peripherals;
    this.broken = new Set(options.broken);
    this.memories = board.memory.map((region) => ({
      start: region.start,
      bytes: new Uint8Array(region.sizeBytes).fill(region.kind === 'flash' ? 0xff : 0xa5),
      writable: region.kind === 'ram',
    }));
    for (const [address, value] of peripherals.resets) this.registers.set(address, value);
    for (const { address, bytes } of segments)
      this.home(address, bytes.length)?.bytes.set(bytes, address - this.startOf(address));
    this.uart = uartModel(peripherals.uart, (byte) => this.out.push(byte), this);
    this.uartBase = this.baseOfUart();
    this.core = new ThumbCore(this);
    this.core.onWait = () => {
      this.asleep = !this.uart.interrupts;
    };
    this.resetCore();
  }

  /** The value last written to a peripheral's register. */
  register(address: number): number {
    return this.registers.get(address) ?? 0;
  }

  /** Runs until the core sleeps with nothing to do. */
  runUntilIdle(limit: number): void {
    for (let left = limit; left > 0 && !this.asleep; left -= 1) this.turn();
    if (!this.asleep)
      throw new Error(`did not come to rest within ${limit} instructions, at ${hex(this.core.get(15))}`);
  }

  read(address: number, size: number): number {
    const at = address >>> 0;
    const memory = this.home(at, size);
    if (memory !== undefined) return load(memory.bytes, at - memory.start, size);
    const word = this.readRegister((at & ~3) >>> 0);
    return (word >>> ((at & 3) * 8)) & (size === 4 ? -1 : size === 2 ? 0xffff : 0xff);
  }

  write(address: number, value: number, size: number): void {
    const at = address >>> 0;
    const memory = this.home(at, size);
    if (memory === undefined) {
      if (size !== 4) this.fault(at, 'a peripheral was written in pieces');
      this.writeRegister(at, value >>> 0);
    } else if (!memory.writable) this.fault(at, 'Flash was written');
    else
      for (let index = 0; index < size; index++)
        memory.bytes[at - memory.start + index] = (value >>> (8 * index)) & 0xff;
  }

  /** What the UART's pins carry. */
  readonly stream: ByteStream = {
    write: (bytes) => {
      this.wire.push(...bytes);
      this.asleep = false;
      this.keepTurning();
      return Promise.resolve();
    },
    onData: (listener) => {
      this.listeners.push(listener);
      return () => {
        this.listeners = this.listeners.filter((other) => other !== listener);
      };
    },
    onClose: () => () => undefined,
    close: () => {
      this.closed = true;
      return Promise.resolve();
    },
  };

  private keepTurning(): void {
    if (this.turning || this.closed) return;
    this.turning = true;
    setImmediate(() => {
      this.turning = false;
      for (let left = sliceInstructions; left > 0 && !this.asleep; left--) this.turn();
      const sent = Uint8Array.from(this.out.splice(0));
      if (sent.length > 0) for (const listener of this.listeners) listener(sent);
      if (!this.asleep) this.keepTurning();
    });
  }

  /** One instruction, before it an interrupt where one is due, and a byte from the wire now and then. */
  private turn(): void {
    if (this.uart.waiting === 0) {
      const next = this.wire.shift();
      if (next !== undefined) this.uart.receive(next);
    }
    if (this.uart.interrupts && this.core.primask === 0 && !this.core.inItBlock && this.uartInterruptEnabled()) {
      this.enterInterrupt();
    }
    if (this.core.get(15) >= exceptionReturn) this.leaveInterrupt();
    const stop = this.core.step();
    if (stop !== null) throw new Error(`${stop} instruction at ${hex(this.core.get(15))}`);
    if (this.asleep && (this.uart.interrupts || this.wire.length > 0)) this.asleep = false;
  }

  private enterInterrupt(): void {
    if (this.inInterrupt) return;
    this.inInterrupt = true;
    const { core } = this;
    const stack = (core.get(13) - 32) & ~7;
    const frame = [
      core.get(0),
      core.get(1),
      core.get(2),
      core.get(3),
      core.get(12),
      core.get(14),
      core.get(15),
      core.xpsr,
    ];
    frame.forEach((value, at) => {
      this.write(stack + 4 * at, value, 4);
    });
    this.savedStack = core.get(13);
    core.set(13, stack);
    core.set(14, 0xfffffff9);
    core.set(15, this.vector(16 + this.uartInterrupt()) & ~1);
  }

  private leaveInterrupt(): void {
    const { core } = this;
    const stack = core.get(13);
    [0, 1, 2, 3, 12, 14, 15].forEach((register, at) => {
      core.set(register, this.read(stack + 4 * at, 4));
    });
    core.xpsr = this.read(stack + 28, 4);
    core.set(13, this.savedStack);
    this.inInterrupt = false;
  }

  private uartInterruptEnabled(): boolean {
    const number = this.uartInterrupt();
    return ((this.register(0xe000e100 + 4 * (number >>> 5)) >>> (number & 31)) & 1) === 1;
  }

  /** The enabled vector that is not the one of faults. */
  private uartInterrupt(): number {
    for (let number = 0; number < 240; number++) {
      if ((this.register(0xe000e100 + 4 * (number >>> 5)) >>> (number & 31)) & 1) return number;
    }
    return 0;
  }

  private vector(index: number): number {
    const flash = this.board.memory.find((region) => region.kind === 'flash');
    return this.read((flash?.start ?? 0) + 4 * index, 4);
  }

  private resetCore(): void {
    this.core.set(13, this.vector(0));
    this.core.set(15, this.vector(1) & ~1);
  }

  private baseOfUart(): number {
    const { instance } = this.board.uart;
    const name = instance === 'UART0' && this.peripherals.uart === 'nrf-uarte' ? 'UARTE0' : instance;
    const block = this.peripherals.blocks.find(([block]) => block === name);
    if (block === undefined) throw new Error(`${name} of ${this.board.id} is not modelled`);
    return block[1];
  }

  private readRegister(address: number): number {
    if (address >= 0xe0000000) return this.readSystem(address);
    if (!this.exists(address)) this.fault(address, 'a read where nothing is');
    const fromUart =
      address - this.uartBase >= 0 && address - this.uartBase < 0x600 ? this.uart.read(address - this.uartBase) : null;
    if (fromUart !== null) return fromUart;
    let value = this.register(address);
    for (const answer of this.peripherals.answers) {
      if (answer.ready !== address || this.broken.has(answer.name)) continue;
      if (answer.bits === 0 || (this.register(answer.register) & answer.bits) !== 0) value |= answer.readyBits;
    }
    for (const { register, from, to } of this.peripherals.follows) {
      if (register !== address) continue;
      const mask = (1 << from[1]) - 1;
      value = (value & ~(mask << to)) | (((value >>> from[0]) & mask) << to);
    }
    return value >>> 0;
  }

  private writeRegister(address: number, value: number): void {
    if (address < 0xe0000000 && !this.exists(address)) this.fault(address, 'a write where nothing is');
    if (address >= 0xe000e100 && address < 0xe000e120) {
      this.registers.set(address, (this.register(address) | value) >>> 0);
      return;
    }
    this.registers.set(address, value);
    const offset = address - this.uartBase;
    if (offset >= 0 && offset < 0x600) this.uart.write(offset, value);
  }

  private readSystem(address: number): number {
    if (address === 0xe0001004) return this.core.steps >>> 0; // one cycle an instruction will do
    if (address === 0xe000e018) return 0xffffff - (this.core.steps & 0xffffff);
    if (address === 0xe000ed00) return this.board.core === 'cortex-m7' ? 0x411fc270 : 0x410fc241;
    if (address === 0xe000ed80) return 0xf01fe019; // 16 KiB, four ways
    return this.register(address);
  }

  private exists(address: number): boolean {
    return this.peripherals.blocks.some(([, first, last]) => address >= first && address <= last);
  }

  private fault(address: number, what: string): never {
    this.violations.push(`${what}: ${hex(address)} at ${hex(this.core.get(15))}`);
    throw new BusFault(address);
  }

  private home(address: number, size: number): Memory | undefined {
    return this.memories.find(({ start, bytes }) => address >= start && address + size <= start + bytes.length);
  }

  private startOf(address: number): number {
    return this.home(address, 1)?.start ?? 0;
  }
}

function load(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + (bytes[at + index] ?? 0);
  return value >>> 0;
}

function hex(value: number): string {
  return `0x${(value >>> 0).toString(16)}`;
}
