import { findBoard, type Board } from '../../main/boards/index.ts';
import { endpointsOf, openPipe, OpenocdProbe, StLinkProbe } from '../../main/probes/index.ts';
import {
  cmsisDapPeripheral,
  StLinkServer,
  stlinkPeripheral,
  VirtualChip,
  VirtualCmsisDap,
  VirtualStLink,
  VirtualUsbBus,
  VirtualUsbStLink,
  type ChipName,
  type ChipOptions,
  type StLinkOptions,
} from '../support/virtualProbe/index.ts';
import type { Bench, BenchMaker, Trouble } from './contract.ts';

export interface VirtualHardware {
  readonly boardId: string;
  readonly chip: ChipName;
  readonly link?: Partial<StLinkOptions>;
}

/** Chips that answer where the board's own was expected: of the same family, and of another. */
const strangers: Partial<Record<Trouble, readonly [sameFamily: ChipName, otherwise: ChipName]>> = {
  'wrong-chip': ['stm32f446', 'stm32f401'],
  'wrong-chip-of-other-family': ['stm32l476', 'stm32h743'],
};

function chipFor(hardware: VirtualHardware, trouble: Trouble | undefined): VirtualChip {
  const options: Partial<ChipOptions> =
    trouble === 'no-voltage'
      ? { volts: 0 }
      : trouble === 'no-target'
        ? { connected: false }
        : trouble === 'read-protected'
          ? { readProtected: true }
          : trouble === 'write-protected'
            ? { writeProtected: [0] }
            : trouble === 'bad-cell'
              ? { badCell: 512 }
              : {};
  const stranger = trouble === undefined ? undefined : strangers[trouble];
  const chip = stranger === undefined ? hardware.chip : stranger.find((name) => name !== hardware.chip);
  return new VirtualChip({ chip: chip ?? hardware.chip, ...options });
}

function benchOf(chip: VirtualChip, link: VirtualStLink | VirtualCmsisDap): Omit<Bench, 'probe' | 'close'> {
  return {
    flash: () => chip.flash.cells,
    erasedSectors: () => chip.flash.erasedSectors,
    starts: () => chip.resets,
    unplugWhileWriting: () => {
      link.unplugAfter = link.commands + 220;
    },
    loseTargetWhileWriting: () => {
      link.loseTargetAfter = link.commands + 220;
    },
    plugIn: () => {
      link.unplugAfter = null;
      link.loseTargetAfter = null;
      chip.connected = true;
      link.pluggedIn = true;
    },
  };
}

/** Real OpenOCD, a child process, in front of a virtual ST-Link that answers over TCP. */
export function openocdBench(hardware: VirtualHardware, troubles: readonly Trouble[]): BenchMaker {
  return {
    name: `OpenOCD, ${hardware.link?.generation === 3 ? 'ST-Link V3' : 'ST-Link V2-1'}, ${hardware.chip}`,
    troubles,
    abortable: true,
    unlocks: true,
    make: async (trouble) => {
      const chip = chipFor(hardware, trouble);
      const link = new VirtualStLink(chip, hardware.link);
      const server = await StLinkServer.start(trouble === 'no-probe' ? [] : [link]);
      const board = findBoard(hardware.boardId);
      const serial = trouble === 'wrong-serial' ? '0000DEADBEEF' : link.options.serial;
      const probe = new OpenocdProbe({
        board,
        config: openocdConfig(board),
        serial,
        extraArguments: ['-c', `hla_stlink_backend tcp ${server.port}`],
      });
      const close = async (): Promise<void> => {
        await probe.close();
        await server.stop();
      };
      return { ...benchOf(chip, link), probe, close };
    },
  };
}

/** Real OpenOCD on a virtual USB bus: the very command line that a user's board gets, through a libusb of ours. */
export function openocdUsbBench(hardware: VirtualHardware, troubles: readonly Trouble[]): BenchMaker {
  const board = findBoard(hardware.boardId);
  const isDap = !board.family.startsWith('stm32');
  return {
    name: `OpenOCD over USB, ${isDap ? 'CMSIS-DAP' : 'ST-Link'}, ${hardware.chip}`,
    troubles,
    abortable: true,
    unlocks: troubles.includes('read-protected'),
    make: async (trouble) => {
      const chip = chipFor(hardware, trouble);
      const link = new VirtualStLink(chip, hardware.link);
      link.openFails = trouble === 'busy' ? 'busy' : trouble === 'no-permission' ? 'access' : null;
      const dap = new VirtualCmsisDap(chip);
      const device = isDap ? cmsisDapPeripheral(dap) : stlinkPeripheral(link);
      const bus = await VirtualUsbBus.start(trouble === 'no-probe' ? [] : [device]);
      const probe = new OpenocdProbe({
        board,
        // A J-Link is not emulated: a CMSIS-DAP stands for it.
        config: openocdConfig(board).map((argument) =>
          argument.replace('interface/jlink.cfg', 'interface/cmsis-dap.cfg'),
        ),
        serial: isDap ? dap.serial : link.options.serial,
        environment: bus.environment,
      });
      const close = async (): Promise<void> => {
        await probe.close();
        await bus.stop();
      };
      return { ...benchOf(chip, isDap ? dap : link), probe, close };
    },
  };
}

/** Our own driver over a virtual USB device. */
export function stlinkBench(hardware: VirtualHardware, troubles: readonly Trouble[]): BenchMaker {
  return {
    name: `our ST-Link driver, ${hardware.link?.generation === 3 ? 'V3' : 'V2-1'}, ${hardware.chip}`,
    troubles,
    abortable: true,
    unlocks: true,
    make: (trouble) => {
      const chip = chipFor(hardware, trouble);
      const link = new VirtualStLink(chip, hardware.link);
      link.openFails = trouble === 'busy' ? 'busy' : trouble === 'no-permission' ? 'access' : null;
      const device = new VirtualUsbStLink(link);
      const probe = new StLinkProbe({
        board: findBoard(hardware.boardId),
        serial: link.options.serial,
        open: () =>
          new Promise((resolve) => {
            resolve(openPipe(device, 'ST-Link', endpointsOf(link.options.productId)));
          }),
      });
      return Promise.resolve({ ...benchOf(chip, link), probe, close: () => probe.close() });
    },
  };
}

export function openocdConfig(board: Board): readonly string[] {
  const config = board.probes.find((probe) => probe.kind === 'openocd');
  return config?.kind === 'openocd' ? config.config : [];
}
