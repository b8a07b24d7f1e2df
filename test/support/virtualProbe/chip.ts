import { BusFault, type Bus } from './bus.ts';
import { chips, type ChipModel, type ChipName } from './chips.ts';
import { FlashArray, type FlashController } from './flash/controller.ts';
import { ThumbCore } from './thumb/core.ts';

export interface ChipOptions {
  readonly chip: ChipName;
  /** What the probe measures at the target; below 1 V nothing answers. */
  readonly volts: number;
  /** Whether SWD is wired. */
  readonly connected: boolean;
  readonly readProtected: boolean;
  readonly writeProtected: readonly number[];
  /** Offset in Flash of a byte with a bit that does not program, or null. */
  readonly badCell: number | null;
}

const defaults: ChipOptions = {
  chip: 'stm32f405',
  volts: 3.25,
  connected: true,
  readProtected: false,
  writeProtected: [],
  badCell: null,
};

/** Debug halting control and status (DDI 0403E C1.6.2). */
const dhcsr = { debugEnable: 1, halt: 2, step: 4, registerReady: 1 << 16, halted: 1 << 17, wasReset: 1 << 25 };
/** Why a core halted (DFSR, C1.6.1). */
const haltedBecause = { request: 1, breakpoint: 2, vectorCatch: 8, external: 16 };

/**
 * A microcontroller as a debugger sees it: memory map, Flash controller, core debug registers, and an interpreter that
 * runs what a probe puts into RAM. Code in Flash is not interpreted: `onRun` and `onHalt` let a test run it elsewhere.
 */
export class VirtualChip implements Bus {
  readonly options: ChipOptions;
  readonly model: ChipModel;
  readonly flash: FlashArray;
  readonly controller: FlashController;
  readonly core: ThumbCore;
  /** May change while a test runs: the cable of the target is pulled. */
  connected: boolean;
  halted = false;
  resets = 0;
  /** Called when firmware in Flash starts, and when it is stopped. */
  onRun: () => void = () => undefined;
  onHalt: () => void = () => undefined;

  private readonly ram: readonly { start: number; bytes: Uint8Array; view: DataView }[];
  private lastRam: (typeof this.ram)[number] | undefined;
  private readonly other = new Map<number, number>();
  private readonly specialRegisters = new Map<number, number>();
  private debugControl = 0;
  private catches = 0;
  private transferred = 0;
  private faultStatus = 0;
  private resetSeen = true;
  private inReset = false;

  constructor(options: Partial<ChipOptions> = {}) {
    this.options = { ...defaults, ...options };
    this.connected = this.options.connected;
    this.model = chips[this.options.chip];
    const { badCell, readProtected, writeProtected } = this.options;
    this.flash = new FlashArray(this.model.sectors, {
      badCell,
      readProtected,
      writeProtected: new Set(writeProtected),
    });
    this.controller = this.model.controller(this.flash);
    this.ram = this.model.ram.map(([start, size]) => {
      const bytes = new Uint8Array(size);
      return { start, bytes, view: new DataView(bytes.buffer) };
    });
    this.core = new ThumbCore(this);
    this.coldStart();
  }

  /** Whether a debugger gets any answer. */
  get answers(): boolean {
    return this.connected && this.options.volts >= 1;
  }

  read(address: number, size: number): number {
    const at = address >>> 0;
    const ram = this.findRam(at, size);
    if (ram !== undefined) return load(ram.view, at - ram.start, size);
    const flashAt = this.flashOffset(at, size);
    if (flashAt !== null) {
      if (this.controller.readProtected) throw new BusFault(at);
      return load(this.flash.view, flashAt, size);
    }
    const word = this.readWord((at & ~3) >>> 0);
    return (word >>> ((at & 3) * 8)) & (size === 4 ? -1 : size === 2 ? 0xffff : 0xff);
  }

  write(address: number, value: number, size: number): void {
    const at = address >>> 0;
    const flashAt = this.flashOffset(at, size);
    if (flashAt !== null) {
      this.controller.program(flashAt, value >>> 0, size);
      return;
    }
    const ram = this.findRam(at, size);
    if (ram !== undefined) {
      store(ram.view, at - ram.start, value, size);
      return;
    }
    if (size === 4) {
      this.writeWord(at, value >>> 0);
      return;
    }
    const shift = (at & 3) * 8;
    const mask = (size === 1 ? 0xff : 0xffff) << shift;
    const word = (at & ~3) >>> 0;
    this.writeWord(word, ((this.readWord(word) & ~mask) | ((value << shift) & mask)) >>> 0);
  }

  /** Core registers as DCRSR numbers them: 0..15, 16 xPSR, 17 MSP, 18 PSP, 20 CONTROL and masks. */
  getRegister(index: number): number {
    if (index < 16) return this.core.get(index);
    if (index === 16) return this.core.xpsr;
    if (index === 17) return this.core.get(13);
    return this.specialRegisters.get(index) ?? 0;
  }

  setRegister(index: number, value: number): void {
    if (index < 16) this.core.set(index, index === 15 ? value & ~1 : value);
    else if (index === 16) this.core.xpsr = value;
    else if (index === 17) this.core.set(13, value);
    else this.specialRegisters.set(index, value >>> 0);
  }

  /** A system reset, with the vector catch that the debugger may have asked for. */
  reset(): void {
    this.resets += 1;
    this.resetSeen = true;
    this.coldStart();
    if (this.debugControl & dhcsr.debugEnable && this.catches & 1) {
      this.stop(haltedBecause.vectorCatch);
      return;
    }
    this.halted = false;
    this.onRun();
  }

  /** The reset pin: low holds the chip, high starts it. */
  driveReset(high: boolean): void {
    this.inReset = !high;
    if (high) this.reset();
    else this.onHalt();
  }

  /** Lets the core run code in RAM for a while; a probe calls this between commands, so that both make progress. */
  poll(budget: number): void {
    const inRam = this.findRam(this.core.get(15), 2) !== undefined;
    if (!this.halted && !this.inReset && inRam) this.interpret(budget);
  }

  private coldStart(): void {
    this.controller.reset();
    this.other.clear();
    this.core.registers.fill(0);
    this.core.set(13, this.flash.view.getUint32(0, true));
    this.core.set(15, this.flash.view.getUint32(4, true) & ~1);
    this.core.xpsr = 0x01000000;
  }

  private stop(reason: number): void {
    if (this.halted) return;
    this.halted = true;
    this.faultStatus |= reason;
    this.onHalt();
  }

  private resume(): void {
    this.halted = false;
    this.faultStatus = 0;
    const inRam = this.findRam(this.core.get(15), 2) !== undefined;
    if (!inRam) this.onRun();
  }

  private interpret(budget: number): void {
    const stop = this.core.run(budget);
    if (stop === null) return;
    this.halted = true;
    // The core itself sets C_HALT on a breakpoint; st-flash waits for that bit.
    this.debugControl |= dhcsr.halt;
    this.faultStatus |= stop === 'breakpoint' ? haltedBecause.breakpoint : haltedBecause.external;
  }

  private findRam(address: number, size: number): (typeof this.ram)[number] | undefined {
    // Most accesses are to the memory of the one before: this is what makes a loader run at a bearable speed.
    const before = this.lastRam;
    if (before !== undefined && address >= before.start && address + size <= before.start + before.bytes.length) {
      return before;
    }
    const found = this.searchRam(address, size);
    if (found !== undefined) this.lastRam = found;
    return found;
  }

  private searchRam(address: number, size: number): (typeof this.ram)[number] | undefined {
    return this.ram.find(({ start, bytes }) => address >= start && address + size <= start + bytes.length);
  }

  private flashOffset(address: number, size: number): number | null {
    const offset = address - this.model.flashStart;
    if (offset >= 0 && offset + size <= this.flash.cells.length) return offset;
    // An STM32 shows its Flash at 0 as well, as delivered (boot from Flash).
    const aliased = this.model.flashStart !== 0 && address + size <= this.flash.cells.length;
    return aliased && this.findRam(address, size) === undefined ? address : null;
  }

  private readWord(address: number): number {
    const register = address - this.controller.registersAt;
    if (register >= 0 && register < this.controller.registersBytes) {
      return this.controller.readRegister(register) >>> 0;
    }
    const known = this.model.words.get(address);
    if (known !== undefined) return known >>> 0;
    if (address >= 0xe0000000) return this.readSystem(address) >>> 0;
    const peripheral = address >= 0x40000000 && address < 0x60000000;
    const information = address >= 0x1ff00000 && address < 0x20000000;
    const nordicInformation = address >= 0x10000000 && address < 0x10002000 && this.model.flashStart === 0;
    if (nordicInformation) return 0xffffffff;
    if (peripheral || information) return this.answered(address, this.other.get(address) ?? 0);
    throw new BusFault(address);
  }

  /** A status register with the bits that hardware sets while others are set. */
  private answered(address: number, stored: number): number {
    const { answers = [], follows = [] } = this.model.peripherals ?? {};
    let value = stored;
    for (const { register, bits, ready, readyBits } of answers) {
      const asked = this.other.get(register) ?? 0;
      if (ready === address && (asked & bits) === bits) value |= readyBits;
    }
    for (const { register, from, to } of follows) {
      if (register !== address) continue;
      const mask = (1 << from[1]) - 1;
      value = (value & ~(mask << to)) | (((stored >>> from[0]) & mask) << to);
    }
    return value;
  }

  private writeWord(address: number, value: number): void {
    const register = address - this.controller.registersAt;
    if (register >= 0 && register < this.controller.registersBytes) this.controller.writeRegister(register, value);
    else if (address >= 0xe0000000) this.writeSystem(address, value);
    else if (address >= 0x40000000 && address < 0x60000000) this.other.set(address, value);
    else throw new BusFault(address);
  }

  private readSystem(address: number): number {
    switch (address) {
      case 0xe000edf0:
        return this.readHaltingStatus();
      case 0xe000edf8:
        return this.transferred;
      case 0xe000edfc:
        return this.catches;
      case 0xe000ed00:
        return this.model.cpuid;
      case 0xe000ed0c:
        return 0xfa050000;
      case 0xe000ed30:
        return this.faultStatus;
      case 0xe000ef40:
        return 0x10110021;
      case 0xe000ef44:
        return 0x11000011;
      case 0xe0001000: // four watchpoint comparators
        return 0x40000000;
      case 0xe0002000: // six breakpoint comparators
        return 0x260 | ((this.other.get(address) ?? 0) & 1);
      default:
        return romTable.get(address) ?? this.other.get(address) ?? 0;
    }
  }

  private readHaltingStatus(): number {
    const halted = this.halted ? dhcsr.halted : 1 << 24;
    const value = (this.debugControl & 0xf) | dhcsr.registerReady | halted | (this.resetSeen ? dhcsr.wasReset : 0);
    this.resetSeen = false;
    return value >>> 0;
  }

  private writeSystem(address: number, value: number): void {
    if (address === 0xe000edf0) this.writeHaltingControl(value);
    else if (address === 0xe000edf4) {
      if (value & 0x10000) this.setRegister(value & 0x7f, this.transferred);
      else this.transferred = this.getRegister(value & 0x7f);
    } else if (address === 0xe000edf8) this.transferred = value;
    else if (address === 0xe000edfc) this.catches = value;
    else if (address === 0xe000ed30) this.faultStatus &= ~value;
    else if (address === 0xe000ed0c) {
      if (value >>> 16 === 0x05fa && value & 5) this.reset();
    } else this.other.set(address, value);
  }

  private writeHaltingControl(value: number): void {
    if (value >>> 16 !== 0xa05f) return;
    this.debugControl = value & 0xffff;
    if ((value & dhcsr.debugEnable) === 0) {
      if (this.halted) this.resume();
    } else if (value & dhcsr.halt) this.stop(haltedBecause.request);
    else if (!this.halted) return;
    else if (value & dhcsr.step) {
      this.core.run(1);
      this.faultStatus |= haltedBecause.request;
    } else this.resume();
  }
}

/** Component and peripheral ids of the core's ROM table (DDI 0403E appendix B). */
const romTable: ReadonlyMap<number, number> = new Map([
  [0xe00ff000, 0xfff0f003],
  [0xe00fffcc, 1],
  [0xe00fffd0, 0],
  [0xe00fffe0, 0x13],
  [0xe00fffe4, 0x04],
  [0xe00fffe8, 0x0a],
  [0xe00ffff0, 0x0d],
  [0xe00ffff4, 0x10],
  [0xe00ffff8, 0x05],
  [0xe00ffffc, 0xb1],
]);

function load(view: DataView, offset: number, size: number): number {
  if (size === 4) return view.getUint32(offset, true);
  return size === 2 ? view.getUint16(offset, true) : view.getUint8(offset);
}

function store(view: DataView, offset: number, value: number, size: number): void {
  if (size === 4) view.setUint32(offset, value, true);
  else if (size === 2) view.setUint16(offset, value, true);
  else view.setUint8(offset, value);
}
