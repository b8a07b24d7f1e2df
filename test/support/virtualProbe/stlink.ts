import { BusFault } from './bus.ts';
import type { VirtualChip } from './chip.ts';
import { DebugPort } from './debugPort.ts';

const ok = 0x80;
const status = { noDevice: 0x09, apFault: 0x11, dpError: 0x16, unknownCommand: 0x81 };
/** Instructions that the chip runs between two commands; more would make OpenOCD's polling look slow. */
const instructionsPerCommand = 20_000;

export interface StLinkOptions {
  readonly productId: number;
  readonly serial: string;
  /** Firmware versions as the probe reports them: V2J37, V3J10. */
  readonly generation: 2 | 3;
  readonly jtagVersion: number;
}

const defaults: StLinkOptions = {
  productId: 0x374b,
  serial: '066DFF303430484257123456',
  generation: 2,
  jtagVersion: 37,
};

export const stlinkV3: Partial<StLinkOptions> = {
  productId: 0x374e,
  serial: '002F00213137511939383538',
  generation: 3,
  jtagVersion: 10,
};

/**
 * The command processor of an ST-Link V2-1 or V3 in front of a virtual chip. Commands as OpenOCD's
 * `src/jtag/drivers/stlink_usb.c` and pyOCD's `probe/stlink` name them; both tools and st-flash accept its answers.
 */
export class VirtualStLink {
  readonly options: StLinkOptions;
  readonly debugPort: DebugPort;
  commands = 0;
  /** The command after which the cable is pulled, or null. */
  unplugAfter: number | null = null;
  /** The command after which no chip answers any more, or null. */
  loseTargetAfter: number | null = null;
  pluggedIn = true;
  /** Held by somebody else, or not permitted: what opening answers. */
  openFails: 'busy' | 'access' | null = null;

  private mode: 'mass-storage' | 'debug' = 'mass-storage';
  private lastStatus = ok;
  private lastAddress = 0;
  private miscellaneous: Buffer = Buffer.alloc(0);

  readonly chip: VirtualChip;

  constructor(chip: VirtualChip, options: Partial<StLinkOptions> = {}) {
    this.chip = chip;
    this.options = { ...defaults, ...options };
    this.debugPort = new DebugPort(chip);
  }

  /**
   * Executes one command block.
   * @param size bytes that the host wants back
   * @param data bytes that follow a writing command, or null
   */
  execute(command: Buffer, size: number, data: Buffer | null): Buffer {
    this.commands += 1;
    if (this.unplugAfter !== null && this.commands > this.unplugAfter) this.pluggedIn = false;
    if (this.loseTargetAfter !== null && this.commands > this.loseTargetAfter) this.chip.connected = false;
    const isReset = command[0] === 0xf2 && command[1] === 0x3c;
    if (this.chip.answers && !isReset) this.chip.poll(instructionsPerCommand);
    const reply = Buffer.alloc(Math.max(size, 2));
    switch (command[0]) {
      case 0xf1:
        return this.version(reply);
      case 0xfb:
        return this.versionV3(reply);
      case 0xf5:
        reply[0] = this.mode === 'debug' ? 2 : 1;
        return reply;
      case 0xf7:
        return this.voltage(reply);
      case 0xf2:
        return this.debug(command, reply, data);
      default:
        return reply;
    }
  }

  private version(reply: Buffer): Buffer {
    const { generation, jtagVersion, productId } = this.options;
    reply.writeUInt16BE(generation === 3 ? 0x3000 : (generation << 12) | (jtagVersion << 6) | 27, 0);
    reply.writeUInt16LE(0x0483, 2);
    reply.writeUInt16LE(productId, 4);
    return reply;
  }

  private versionV3(reply: Buffer): Buffer {
    if (reply.length < 12) return reply;
    reply[0] = 3;
    reply[2] = this.options.jtagVersion;
    reply[3] = 3;
    reply.writeUInt16LE(0x0483, 8);
    reply.writeUInt16LE(this.options.productId, 10);
    return reply;
  }

  private voltage(reply: Buffer): Buffer {
    const reference = 1500; // the ADC's reading of its 1.2 V reference; volts = 2.4 × target / reference
    reply.writeUInt32LE(reference, 0);
    reply.writeUInt32LE(Math.round((this.chip.options.volts / 2.4) * reference), 4);
    return reply;
  }

  private debug(command: Buffer, reply: Buffer, data: Buffer | null): Buffer {
    const { chip } = this;
    const word = (at: number): number => command.readUInt32LE(at);
    const answer = (code: number): Buffer => {
      reply[0] = code;
      return reply;
    };
    const alive = (act: () => void): Buffer => {
      if (!chip.answers) return answer(status.dpError);
      try {
        act();
        return answer(ok);
      } catch (error) {
        if (error instanceof BusFault) return answer(status.apFault);
        throw error;
      }
    };
    switch (command[1]) {
      case 0x21: // exit
        this.mode = 'mass-storage';
        return reply;
      case 0x30: // enter SWD
        if (!chip.answers) return answer(status.noDevice);
        this.mode = 'debug';
        return answer(ok);
      case 0x31: // read id codes
        if (!chip.answers) return answer(status.noDevice);
        reply.writeUInt32LE(chip.model.debugPortId, 4);
        return answer(ok);
      case 0x32:
        return alive(() => {
          chip.reset();
        });
      case 0x33:
        return alive(() => reply.writeUInt32LE(chip.getRegister(command[2] ?? 0) >>> 0, 4));
      case 0x34:
        return alive(() => {
          chip.setRegister(command[2] ?? 0, word(3));
        });
      case 0x35:
        return alive(() => {
          chip.write(word(2), word(6), 4);
        });
      case 0x36:
        return alive(() => reply.writeUInt32LE(chip.read(word(2), 4) >>> 0, 4));
      case 0x3a: // read all registers
        return alive(() => {
          for (let at = 0; at < 21; at++) reply.writeUInt32LE(chip.getRegister(at) >>> 0, 4 + 4 * at);
        });
      case 0x3b:
      case 0x3e:
        return this.transferStatus(reply);
      case 0x3c:
        this.driveReset(command[2] ?? 0);
        return answer(ok);
      case 0x4b: // open and close an access port
      case 0x4c:
        return answer(chip.answers ? ok : status.dpError);
      case 0x45:
        return alive(() => reply.writeUInt32LE(this.readDap(command), 4));
      case 0x46:
        return alive(() => {
          this.writeDap(command);
        });
      case 0x51: // a batch of memory accesses, and its answers
        this.miscellaneous = this.batch(word(2), data ?? Buffer.alloc(0));
        return reply;
      case 0x52:
        this.miscellaneous.copy(reply);
        return reply;
      case 0x62:
        return this.frequencies(reply);
      case 0x40: // trace, frequency, DAP initialisation: nothing to do
      case 0x41:
      case 0x42:
      case 0x43:
      case 0x44:
      case 0x61:
        return answer(ok);
      default:
        return this.memory(command, reply, data) ? reply : answer(status.unknownCommand);
    }
  }

  private driveReset(pin: number): void {
    if (pin === 2 || pin === 0) this.chip.driveReset(false);
    if (pin === 2 || pin === 1) this.chip.driveReset(true);
  }

  private transferStatus(reply: Buffer): Buffer {
    reply[0] = this.chip.answers ? this.lastStatus : status.dpError;
    if (reply.length >= 12) reply.writeUInt32LE(this.lastAddress, 4);
    this.lastStatus = ok;
    return reply;
  }

  private frequencies(reply: Buffer): Buffer {
    const kilohertz = [24000, 8000, 3300, 1000, 200, 50, 5];
    reply[0] = ok;
    reply[8] = kilohertz.length;
    kilohertz.forEach((value, at) => {
      if (16 + 4 * at <= reply.length) reply.writeUInt32LE(value, 12 + 4 * at);
    });
    return reply;
  }

  /** Reads and writes of 8, 16 and 32 bits; the outcome is asked for with a later command. */
  private memory(command: Buffer, reply: Buffer, data: Buffer | null): boolean {
    const [size, increment, writes] = memoryCommands.get(command[1] ?? 0) ?? [0, 0, false];
    if (size === 0) return false;
    const address = command.readUInt32LE(2);
    const length = command.readUInt16LE(6);
    try {
      for (let at = 0; at < length; at += size) {
        const place = address + (increment === 0 ? 0 : at);
        if (writes) this.chip.write(place, data?.readUIntLE(at, size) ?? 0, size);
        else reply.writeUIntLE(this.chip.read(place, size) >>> 0, at, size);
      }
      this.lastStatus = ok;
    } catch (error) {
      if (!(error instanceof BusFault)) throw error;
      this.lastStatus = status.apFault;
      this.lastAddress = error.address;
    }
    return true;
  }

  private readDap(command: Buffer): number {
    const port = command.readUInt16LE(2);
    const register = command.readUInt16LE(4);
    return port === 0xffff ? this.debugPort.readDp(register) : this.debugPort.readAp(register, port);
  }

  private writeDap(command: Buffer): void {
    const port = command.readUInt16LE(2);
    const register = command.readUInt16LE(4);
    const value = command.readUInt32LE(6);
    if (port === 0xffff) this.debugPort.writeDp(register, value);
    else this.debugPort.writeAp(register, value, port);
  }

  /** Command bytes padded to four, then a word each; answered by a word and a status each. */
  private batch(count: number, data: Buffer): Buffer {
    const answers = Buffer.alloc(8 * count);
    const words = (count + 3) & ~3;
    let address = 0;
    for (let at = 0; at < count; at++) {
      const operand = data.readUInt32LE(words + 4 * at);
      let code = ok;
      let value = 0;
      try {
        if (data[at] === 1) address = operand;
        else if (data[at] === 2) this.chip.write(address, operand, 4);
        else if (data[at] === 3) value = this.chip.read(operand, 4);
      } catch (error) {
        if (!(error instanceof BusFault)) throw error;
        code = status.apFault;
      }
      answers.writeUInt32LE(value >>> 0, 4 * at);
      answers.writeUInt32LE(code, 4 * count + 4 * at);
    }
    return answers;
  }
}

/** Command → element size, address increment, whether it writes. */
const memoryCommands: ReadonlyMap<number, readonly [size: number, increment: 0 | 1, writes: boolean]> = new Map([
  [0x07, [4, 1, false]],
  [0x47, [2, 1, false]],
  [0x0c, [1, 1, false]],
  [0x54, [4, 0, false]],
  [0x08, [4, 1, true]],
  [0x48, [2, 1, true]],
  [0x0d, [1, 1, true]],
  [0x50, [4, 0, true]],
]);

/** Whether bytes follow the command block. */
export function takesData(command: Buffer): boolean {
  const code = command[1] ?? 0;
  return command[0] === 0xf2 && (code === 0x51 || memoryCommands.get(code)?.[2] === true);
}

/** How many bytes the host will ask for. */
export function answerBytes(command: Buffer, batchItems: number): number {
  const code = command[1] ?? 0;
  if (command[0] !== 0xf2) return 64;
  if (code === 0x52) return 8 * batchItems;
  return memoryCommands.get(code)?.[2] === false ? command.readUInt16LE(6) : 128;
}
