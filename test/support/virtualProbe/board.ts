import { QemuMachine } from '../../../main/probes/qemuMachine.ts';
import { locateTool } from '../../../main/toolchain/index.ts';
import { VirtualChip, type ChipOptions } from './chip.ts';
import { VirtualStLink, type StLinkOptions } from './stlink.ts';
import { StLinkServer } from './stlinkServer.ts';

/** The debugger often resets several times in a row; the firmware is started once it leaves the chip alone. */
const settleMs = 20;

/**
 * A whole board: a virtual ST-Link, a virtual chip whose Flash it writes, and QEMU, which runs what is in Flash whenever the
 * chip is let run. Its serial port is QEMU's pseudo-terminal.
 */
export class VirtualBoard {
  readonly chip: VirtualChip;
  readonly link: VirtualStLink;
  readonly server: StLinkServer;
  readonly serialPath: string;
  /** How often firmware was started in QEMU. */
  starts = 0;
  private readonly machine: QemuMachine;
  private generation = 0;
  private work: Promise<void> = Promise.resolve();

  private constructor(chip: VirtualChip, link: VirtualStLink, server: StLinkServer, machine: QemuMachine) {
    this.chip = chip;
    this.link = link;
    this.server = server;
    this.machine = machine;
    this.serialPath = machine.serialPath;
    chip.onRun = () => {
      this.started();
    };
    chip.onHalt = () => {
      this.generation += 1;
      this.enqueue(() => this.machine.stop());
    };
  }

  static async start(
    options: Partial<ChipOptions> = {},
    linkOptions: Partial<StLinkOptions> = {},
  ): Promise<VirtualBoard> {
    const qemu = await locateTool('qemu');
    const machine = await QemuMachine.start({ qemu, machine: 'netduinoplus2', serialIndex: 1, instructionNs: 8 });
    const chip = new VirtualChip({ chip: 'stm32f405', ...options });
    const link = new VirtualStLink(chip, linkOptions);
    return new VirtualBoard(chip, link, await StLinkServer.start([link]), machine);
  }

  async stop(): Promise<void> {
    this.chip.onRun = () => undefined;
    this.chip.onHalt = () => undefined;
    // A start that still waits for the debugger to leave the chip alone comes to nothing.
    this.generation += 1;
    await this.work;
    await this.server.stop();
    await this.machine.close();
  }

  private started(): void {
    const mine = ++this.generation;
    setTimeout(() => {
      if (mine !== this.generation || this.chip.halted) return;
      const vectors = this.chip.flash.view;
      const stack = vectors.getUint32(0, true);
      // Blank Flash would lock the core up, and QEMU with it.
      if (stack >>> 28 !== 2 && stack >>> 28 !== 1) return;
      this.enqueue(async () => {
        await this.machine.stop();
        await this.machine.write(this.chip.model.flashStart, this.usedFlash());
        await this.machine.reset();
        await this.machine.continue();
        this.starts += 1;
      });
    }, settleMs);
  }

  /** Flash without the erased end. */
  private usedFlash(): Uint8Array {
    const { cells } = this.chip.flash;
    let end = cells.length;
    while (end > 0 && cells[end - 1] === 0xff) end -= 1;
    return cells.subarray(0, (end + 3) & ~3);
  }

  private enqueue(work: () => Promise<void>): void {
    this.work = this.work.then(work, work);
  }
}
