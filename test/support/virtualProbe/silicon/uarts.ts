import type { Bus } from '../bus.ts';
import type { UartKind } from './peripherals.ts';

/** A UART's registers, with a wire on each side. Offsets are from its base. */
export interface UartModel {
  /** Null: an ordinary register, kept by the caller. */
  read(offset: number): number | null;
  write(offset: number, value: number): void;
  /** A byte arrives. */
  receive(byte: number): void;
  /** Whether the receive interrupt is asked for. */
  readonly interrupts: boolean;
  /** Whether received bytes are waiting. */
  readonly waiting: number;
}

type Send = (byte: number) => void;

export function uartModel(kind: UartKind, send: Send, memory: Bus): UartModel {
  switch (kind) {
    case 'stm32-old':
      return new Stm32Uart(send, { status: 0x00, input: 0x04, output: 0x04, control: 0x0c, enable: 1 << 13 });
    case 'stm32-new':
      return new Stm32Uart(send, { status: 0x1c, input: 0x24, output: 0x28, control: 0x00, enable: 1 });
    case 'nrf-uart':
      return new NordicUart(send);
    case 'nrf-uarte':
      return new NordicUarte(send, memory);
  }
}

interface Stm32Offsets {
  readonly status: number;
  readonly input: number;
  readonly output: number;
  readonly control: number;
  readonly enable: number;
}

/** USART (RM0090 §30.6) and its successor (RM0385 §31.8): a byte at a time, sent at once. */
class Stm32Uart implements UartModel {
  private readonly queue: number[] = [];
  private control = 0;
  private readonly send: Send;
  private readonly at: Stm32Offsets;

  constructor(send: Send, at: Stm32Offsets) {
    this.send = send;
    this.at = at;
  }

  get waiting(): number {
    return this.queue.length;
  }

  get interrupts(): boolean {
    return this.queue.length > 0 && (this.control & this.at.enable) !== 0 && (this.control & (1 << 5)) !== 0;
  }

  read(offset: number): number | null {
    if (offset === this.at.status) return 0xc0 | (this.queue.length > 0 ? 1 << 5 : 0);
    return offset === this.at.input ? (this.queue.shift() ?? 0) : null;
  }

  write(offset: number, value: number): void {
    if (offset === this.at.control) this.control = value;
    // The transmitter works only when both it and the UART are enabled.
    if (offset === this.at.output && this.control & this.at.enable && this.control & 8) this.send(value & 0xff);
  }

  receive(byte: number): void {
    if (this.control & this.at.enable && this.control & 4) this.queue.push(byte);
  }
}

/** UART of nRF52 (nRF52840 PS §6.33): tasks and events. */
class NordicUart implements UartModel {
  private readonly queue: number[] = [];
  private enabled = 0;
  private sending = false;
  private receiving = false;
  private sent = 0;
  private received = 0;
  private interruptMask = 0;
  private readonly transmit: Send;

  constructor(send: Send) {
    this.transmit = send;
  }

  get waiting(): number {
    return this.queue.length + this.received;
  }

  get interrupts(): boolean {
    return this.received !== 0 && (this.interruptMask & 4) !== 0;
  }

  read(offset: number): number | null {
    if (offset === 0x108) return this.received;
    if (offset === 0x11c) return this.sent;
    if (offset === 0x124 || offset === 0x480) return 0;
    if (offset !== 0x518) return null;
    const byte = this.queue.shift() ?? 0;
    this.received = this.queue.length > 0 ? 1 : 0;
    return byte;
  }

  write(offset: number, value: number): void {
    if (offset === 0x000) this.receiving = true;
    else if (offset === 0x008) this.sending = true;
    else if (offset === 0x108) this.received = value;
    else if (offset === 0x11c) this.sent = value;
    else if (offset === 0x304) this.interruptMask |= value;
    else if (offset === 0x308) this.interruptMask &= ~value;
    else if (offset === 0x500) this.enabled = value;
    else if (offset === 0x51c && this.enabled === 4 && this.sending) {
      this.transmit(value & 0xff);
      this.sent = 1;
    }
  }

  receive(byte: number): void {
    if (this.enabled !== 4 || !this.receiving) return;
    this.queue.push(byte);
    this.received = 1;
  }
}

/** UARTE of nRF53 (nRF5340 PS §7.37): bytes go through RAM. */
class NordicUarte implements UartModel {
  private readonly fifo: number[] = [];
  private readonly registers = new Map<number, number>();
  private enabled = 0;
  private armed = false;
  private ended = 0;
  private sent = 0;
  private interruptMask = 0;
  private readonly transmit: Send;
  private readonly memory: Bus;

  constructor(send: Send, memory: Bus) {
    this.transmit = send;
    this.memory = memory;
  }

  get waiting(): number {
    return this.fifo.length + this.ended;
  }

  get interrupts(): boolean {
    return this.ended !== 0 && (this.interruptMask & (1 << 4)) !== 0;
  }

  read(offset: number): number | null {
    if (offset === 0x110) return this.ended;
    if (offset === 0x120) return this.sent;
    return offset === 0x124 || offset === 0x480 ? 0 : null;
  }

  write(offset: number, value: number): void {
    this.registers.set(offset, value);
    if (offset === 0x500) this.enabled = value;
    else if (offset === 0x110) this.ended = value;
    else if (offset === 0x120) this.sent = value;
    else if (offset === 0x304) this.interruptMask |= value;
    else if (offset === 0x308) this.interruptMask &= ~value;
    else if (this.enabled !== 8) return;
    else if (offset === 0x000) {
      this.armed = true;
      this.move();
    } else if (offset === 0x008) {
      for (let at = 0; at < this.register(0x548); at++) this.transmit(this.memory.read(this.register(0x544) + at, 1));
      this.sent = 1;
    }
  }

  receive(byte: number): void {
    this.fifo.push(byte);
    this.move();
  }

  private move(): void {
    const byte = this.armed ? this.fifo.shift() : undefined;
    if (byte === undefined) return;
    this.memory.write(this.register(0x534), byte, 1);
    this.armed = false;
    this.ended = 1;
  }

  private register(offset: number): number {
    return this.registers.get(offset) ?? 0;
  }
}
