import { StudioError, type LongCall, type Stage } from '../contract/index.ts';
import type { Board, ProbeConfig } from '../boards/index.ts';
import { locateTool, type ToolSearch } from '../toolchain/index.ts';
import { assertFits } from './image.ts';
import type { ChipIdentity, FlashImage, Probe } from './probe.ts';
import { QemuMachine } from './qemuMachine.ts';

type QemuConfig = Extract<ProbeConfig, { kind: 'qemu' }>;

export interface QemuProbeOptions {
  readonly toolchain?: ToolSearch;
  readonly signal?: AbortSignal;
}

/** The probe of a virtual board, which can look into its memory too. */
export interface VirtualBoardProbe extends Probe {
  /** Memory as it is now, Flash or RAM; a running board stands still meanwhile. */
  readMemory(address: number, count: number): Promise<Uint8Array>;
}

const CPUID = 0xe000ed00;
/** CPUID bits 15:4 (Armv7-M ARM B3.2.3; Armv8-M ARM D1.2.38). */
const coreNames: Readonly<Record<number, string>> = {
  0xc20: 'Cortex-M0',
  0xc60: 'Cortex-M0+',
  0xc23: 'Cortex-M3',
  0xc24: 'Cortex-M4',
  0xc27: 'Cortex-M7',
  0xd21: 'Cortex-M33',
};

/**
 * Starts the QEMU of a virtual board: halted, with empty memory. It is the board as well as its probe, so closing the
 * probe switches the board off.
 * @throws StudioError `probe.not-virtual`, `probe.qemu-failed`, `toolchain.missing`
 */
export async function openQemuProbe(board: Board, options: QemuProbeOptions = {}): Promise<VirtualBoardProbe> {
  const config = board.probes.find((probe): probe is QemuConfig => probe.kind === 'qemu');
  if (config === undefined) {
    throw new StudioError({
      code: 'probe.not-virtual',
      message: `${board.name} is not a board that QEMU emulates.`,
      remedy: 'Choose one of the virtual boards.',
      details: { board: board.id },
    });
  }
  const qemu = await locateTool('qemu', options.toolchain);
  const machine = await QemuMachine.start({
    qemu,
    machine: config.machine,
    serialIndex: config.serialIndex,
    instructionNs: config.instructionNs,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return new QemuProbe(board, config, machine);
}

class QemuProbe implements VirtualBoardProbe {
  readonly selector: string;
  readonly board: Board;
  private readonly config: QemuConfig;
  private readonly machine: QemuMachine;

  constructor(board: Board, config: QemuConfig, machine: QemuMachine) {
    this.selector = `qemu:${board.id}`;
    this.board = board;
    this.config = config;
    this.machine = machine;
  }

  async identify(): Promise<ChipIdentity> {
    const id = Buffer.from(await this.machine.read(CPUID, 4)).readUInt32LE();
    const coreName = coreNames[(id >>> 4) & 0xfff] ?? `core 0x${id.toString(16)}`;
    const wanted = this.board.core.replace('cortex-m', 'Cortex-M').replace('plus', '+');
    return {
      id,
      name: coreName === wanted ? this.board.mcu : `${coreName} of QEMU's ${this.config.machine}`,
      flashBytes: this.board.memory
        .filter(({ kind }) => kind === 'flash')
        .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      targetVolts: null,
      protection: 'none',
    };
  }

  async flash(image: FlashImage, call: LongCall = {}): Promise<void> {
    assertFits(this.board, image);
    await this.machine.stop();
    const { name } = await this.identify();
    if (name !== this.board.mcu) throw wrongChip(this.board, name);
    const total = 2 * image.segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
    let before = 0;
    const report = (stage: Stage, done: number): void => {
      if (call.signal?.aborted) throw aborted();
      call.onProgress?.({ stage, done: before + done, total, remainingMs: null });
    };
    for (const { address, bytes } of image.segments) {
      await this.machine.write(address, bytes, (done) => report('writing', done));
      before += bytes.length;
    }
    for (const { address, bytes } of image.segments) {
      report('verifying', 0);
      const found = await this.machine.read(address, bytes.length);
      before += bytes.length;
      const wrong = bytes.findIndex((byte, at) => byte !== found[at]);
      if (wrong >= 0) throw verifyFailed(address + wrong);
    }
    report('verifying', 0);
  }

  async reset(): Promise<void> {
    await this.machine.stop();
    const flash = this.board.memory.find(({ kind }) => kind === 'flash');
    const vectors = Buffer.from(await this.machine.read(flash?.start ?? 0, 8));
    // Started without these, the core locks up and takes QEMU with it.
    if (!hasVectors(this.board, vectors)) throw noProgram(this.board);
    await this.machine.reset();
    await this.machine.continue();
  }

  readMemory = (address: number, count: number): Promise<Uint8Array> => this.machine.read(address, count);

  serialPath = (): Promise<string | null> => Promise.resolve(this.machine.serialPath);

  close = (): Promise<void> => this.machine.close();
}

/** A vector table begins with a stack pointer in RAM and a Thumb address in Flash. */
function hasVectors(board: Board, vectors: Buffer): boolean {
  if (vectors.length < 8) return false;
  const [stack, entry] = [vectors.readUInt32LE(0), vectors.readUInt32LE(4)];
  const inside = (kind: 'flash' | 'ram', address: number, isEndAllowed: boolean): boolean =>
    board.memory.some(
      (region) =>
        region.kind === kind &&
        address >= region.start &&
        address < region.start + region.sizeBytes + (isEndAllowed ? 1 : 0),
    );
  return (stack & 3) === 0 && inside('ram', stack, true) && (entry & 1) === 1 && inside('flash', entry - 1, false);
}

const wrongChip = (board: Board, name: string): StudioError =>
  new StudioError({
    code: 'probe.wrong-chip',
    message: `This is a ${name}, not the ${board.core} of ${board.name}; nothing was erased.`,
    remedy: 'Choose the board that is really there.',
    details: { board: board.id, found: name },
  });

const noProgram = (board: Board): StudioError =>
  new StudioError({
    code: 'probe.no-program',
    message: `${board.name} holds no program that could be started.`,
    remedy: 'Flash an image first.',
    details: { board: board.id },
  });

const verifyFailed = (address: number): StudioError =>
  new StudioError({
    code: 'probe.verify-failed',
    message: `The byte at 0x${address.toString(16)} does not read back as it was written.`,
    remedy: 'Flash again; if it happens again, the Flash is worn or protected.',
    details: { address },
  });

const aborted = (): StudioError =>
  new StudioError({
    code: 'probe.aborted',
    message: 'Flashing was stopped; the board holds half an image.',
    remedy: 'Flash again before you use the board.',
  });
