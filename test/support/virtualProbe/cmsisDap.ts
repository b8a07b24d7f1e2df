import type { VirtualChip } from './chip.ts';
import { DebugPort } from './debugPort.ts';

const acknowledge = { ok: 1, fault: 4, none: 7 };
const packetBytes = 64;
/** Fewer than for an ST-Link: a CMSIS-DAP command does less. */
const instructionsPerCommand = 3000;

/** CMSIS-DAP version 2 (Arm's specification, chapters "DAP commands") in front of a virtual chip. */
export class VirtualCmsisDap {
  readonly chip: VirtualChip;
  readonly serial: string;
  commands = 0;
  /** The command after which the cable is pulled, or null. */
  unplugAfter: number | null = null;
  /** The command after which no chip answers any more, or null. */
  loseTargetAfter: number | null = null;
  pluggedIn = true;
  private readonly port: DebugPort;
  private matchMask = 0xffffffff;

  constructor(chip: VirtualChip, serial = '9904360254824e45003b4010000000550000000097969901') {
    this.chip = chip;
    this.serial = serial;
    this.port = new DebugPort(chip);
  }

  execute(packet: Buffer): Buffer {
    this.commands += 1;
    if (this.unplugAfter !== null && this.commands > this.unplugAfter) this.pluggedIn = false;
    if (this.loseTargetAfter !== null && this.commands > this.loseTargetAfter) this.chip.connected = false;
    const command = packet[0] ?? 0;
    if (command === 5 || command === 6) this.chip.poll(instructionsPerCommand);
    const answer = (...bytes: number[]): Buffer => Buffer.from([command, ...bytes]);
    switch (command) {
      case 0x00:
        return this.information(packet[1] ?? 0);
      case 0x02: // connect: port 1 is SWD
        return answer(1);
      case 0x05:
        return this.transfer(packet);
      case 0x06:
        return this.transferBlock(packet);
      case 0x08:
        this.port.writeDp(0, packet.readUInt32LE(2));
        return answer(0);
      case 0x10:
        if ((packet[2] ?? 0) & 0x80) this.chip.driveReset(((packet[1] ?? 0) & 0x80) !== 0);
        return answer((packet[1] ?? 0) | 2);
      case 0x01: // status, disconnect, configuration, delay, clock, sequences: nothing to do
      case 0x03:
      case 0x04:
      case 0x09:
      case 0x11:
      case 0x12:
      case 0x13:
      case 0x17:
        return answer(0);
      case 0x0a:
        this.chip.driveReset(false);
        this.chip.driveReset(true);
        return answer(0, 1);
      default:
        return answer(0xff);
    }
  }

  private information(id: number): Buffer {
    const text = (value: string): Buffer =>
      Buffer.concat([Buffer.from([0, value.length + 1]), Buffer.from(`${value}\0`)]);
    if (id === 1) return text('Arm');
    if (id === 2) return text('CMSIS-DAP');
    if (id === 3) return text(this.serial);
    if (id === 4) return text('2.1.0');
    if (id === 0xf0) return Buffer.from([0, 1, 1]); // capabilities: SWD
    if (id === 0xfe) return Buffer.from([0, 1, 4]); // packets in flight
    if (id === 0xff) return Buffer.from([0, 2, packetBytes & 0xff, packetBytes >>> 8]);
    return Buffer.from([0, 0]);
  }

  private get alive(): number {
    return this.chip.answers ? acknowledge.ok : acknowledge.none;
  }

  private read(request: number): number {
    return request & 1 ? this.port.readAp(this.port.bank(request)) : this.port.readDp(request & 0xc);
  }

  private write(request: number, value: number): void {
    if (request & 1) this.port.writeAp(this.port.bank(request), value);
    else this.port.writeDp(request & 0xc, value);
  }

  private transfer(packet: Buffer): Buffer {
    let at = 3;
    let done = 0;
    let ack = this.alive;
    const values: number[] = [];
    for (let left = packet[2] ?? 0; left > 0 && ack === acknowledge.ok; left--) {
      const request = packet[at++] ?? 0;
      const operand = (): number => {
        at += 4;
        return packet.readUInt32LE(at - 4);
      };
      if ((request & 2) === 0) {
        const value = operand();
        if (request & 0x20) this.matchMask = value;
        else this.write(request, value);
      } else if (request & 0x10) {
        if ((this.read(request) & this.matchMask) >>> 0 !== operand()) ack |= 0x10;
      } else {
        const value = this.read(request);
        if (!this.failed(request)) values.push(value);
      }
      if (this.failed(request)) ack = acknowledge.fault;
      else done += 1;
    }
    return Buffer.concat([Buffer.from([5, done, ack]), words(values)]);
  }

  private transferBlock(packet: Buffer): Buffer {
    const count = packet.readUInt16LE(2);
    const request = packet[4] ?? 0;
    const values: number[] = [];
    let done = 0;
    let ack = this.alive;
    for (; done < count && ack === acknowledge.ok; done++) {
      if (request & 2) values.push(this.read(request));
      else this.write(request, packet.readUInt32LE(5 + 4 * done));
      if (!this.failed(request)) continue;
      ack = acknowledge.fault;
      if (request & 2) values.pop();
      break;
    }
    return Buffer.concat([Buffer.from([6, done & 0xff, done >>> 8, ack]), words(values)]);
  }

  private failed(request: number): boolean {
    return (request & 1) === 1 && this.port.faulted;
  }
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32LE(value >>> 0, 4 * at));
  return bytes;
}
