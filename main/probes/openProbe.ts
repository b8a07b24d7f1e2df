import { basename } from 'node:path';
import {
  discover,
  loadBoards,
  realSystem,
  type Board,
  type Discovery,
  type PluggedProbe,
  type ProbeConfig,
  type SystemView,
} from '../boards/index.ts';
import { StudioError } from '../contract/index.ts';
import { locateTool, type ToolSearch } from '../toolchain/index.ts';
import { arduinoPorts } from './arduinoPorts.ts';
import { BossaProbe } from './bossa/bossaProbe.ts';
import { DriveProbe } from './drive/driveProbe.ts';
import { probeNotFound, probeUnsupported, severalProbes, wrongChip, wrongSerial } from './errors.ts';
import { OpenocdProbe } from './openocd/openocdProbe.ts';
import type { Probe } from './probe.ts';
import { openQemuProbe } from './qemuProbe.ts';
import { parseSelector } from './selector.ts';
import { driverFor } from './stlink/flashControllers.ts';
import { StLinkProbe } from './stlink/stlinkProbe.ts';
import { openStLink } from './usbDevices.ts';

export interface OpenProbeOptions {
  /** Which probe, as `parseSelector` reads it; needed only where several fit the board. */
  readonly selector?: string;
  /** The serial port on which the firmware answers, typed by hand. */
  readonly serialPath?: string;
  readonly toolchain?: ToolSearch;
  readonly signal?: AbortSignal;
  readonly system?: SystemView;
  readonly boards?: readonly Board[];
}

type ConfigOf<K extends ProbeConfig['kind']> = Extract<ProbeConfig, { kind: K }>;

/**
 * Opens the probe through which that board is flashed: by selector, or the only one plugged in that fits. How it is driven
 * is decided by the board file's order: our own driver first, OpenOCD, copying to its drive.
 * @throws StudioError `probe.not-found`, `probe.ambiguous`, `probe.wrong-serial`, `probe.wrong-chip` (another board is
 * known to be plugged in), `probe.no-permission`, `probe.bad-selector`, `toolchain.missing`, …
 */
export async function openProbe(board: Board, options: OpenProbeOptions = {}): Promise<Probe> {
  const { toolchain, signal } = options;
  if (board.virtual) return openQemuProbe(board, { ...(toolchain && { toolchain }), ...(signal && { signal }) });
  const selector = options.selector === undefined ? null : parseSelector(options.selector);
  const manual = (): Promise<string | null> => Promise.resolve(options.serialPath ?? null);
  if (selector?.kind === 'qemu') throw wrongChip(board, 'one that QEMU emulates');
  if (selector?.kind === 'drive') {
    const { path } = selector;
    const find = (): Promise<{ path: string; label: string }> => Promise.resolve({ path, label: basename(path) });
    return new DriveProbe({ board, find, findSerialPath: manual });
  }
  if (selector?.kind === 'stlink-server') {
    const extraArguments = ['-c', `hla_stlink_backend tcp ${selector.port}`];
    return openocd(board, selector.serial, options, manual, extraArguments);
  }
  const system = options.system ?? realSystem();
  const boards = options.boards ?? loadBoards();
  const found = await discover(boards, system);
  const plugged = choose(board, boards, found, selector?.kind === 'usb' ? selector.serial : null);
  const findSerialPath = async (): Promise<string | null> => {
    if (options.serialPath !== undefined) return options.serialPath;
    const now = await discover(boards, system);
    return now.probes.find((probe) => probe.selector === plugged.selector)?.serialPaths[0] ?? null;
  };
  const through = selector?.kind === 'usb' ? selector.through : null;
  return drive(board, plugged, { ...options, system }, findSerialPath, through);
}

/** The one that is meant; never one of several, and never one that is known to be another board. */
function choose(board: Board, boards: readonly Board[], found: Discovery, serial: string | null): PluggedProbe {
  const usable = found.probes.filter((probe) => probe.kind !== 'stm32-bootloader');
  if (serial !== null) {
    const named = usable.find((probe) => probe.serial === serial || probe.selector.endsWith(`:${serial}`));
    if (named === undefined) throw usable.length === 0 ? probeNotFound('debug probe') : wrongSerial(serial);
    return assertBoard(board, boards, named);
  }
  const fitting = usable.filter((probe) => probe.boards.includes(board.id));
  if (fitting.length > 1) throw severalProbes(fitting.map(({ selector }) => selector));
  const [only] = fitting;
  if (only !== undefined) return only;
  const [other] = usable;
  if (other !== undefined && usable.length === 1) return assertBoard(board, boards, other);
  throw probeNotFound(board.name, { found: usable.map(({ selector }) => selector), problems: found.problems });
}

function assertBoard(board: Board, boards: readonly Board[], plugged: PluggedProbe): PluggedProbe {
  if (!plugged.certain || plugged.boards.includes(board.id)) return plugged;
  const other = boards.find(({ id }) => id === plugged.boards[0]);
  throw wrongChip(board, `that of ${other?.name ?? plugged.boards[0] ?? 'another board'}`, {
    selector: plugged.selector,
  });
}

async function drive(
  board: Board,
  plugged: PluggedProbe,
  options: OpenProbeOptions & { readonly system: SystemView },
  findSerialPath: () => Promise<string | null>,
  through: 'openocd' | null,
): Promise<Probe> {
  const { serial } = plugged;
  const config = <K extends ProbeConfig['kind']>(kind: K): ConfigOf<K> | undefined =>
    board.probes.find((probe): probe is ConfigOf<K> => probe.kind === kind);
  const copying = (): Probe | null =>
    plugged.drive !== null && config('drive') !== undefined ? copyTo(board, plugged, options, findSerialPath) : null;

  if (plugged.problem !== null) {
    // Whoever may not open the USB device may still write to its drive.
    const fallback = through === null ? copying() : null;
    if (fallback !== null) return fallback;
    throw new StudioError({ ...plugged.problem, details: { ...plugged.problem.details } });
  }
  const bossa = config('bossa');
  if (bossa !== undefined && plugged.kind.startsWith('arduino')) {
    const ports = arduinoPorts(options.system, bossa.bootloaderProductIds, options.serialPath);
    return new BossaProbe({ board, serial: serial ?? plugged.selector, ports, findSerialPath });
  }
  if (through === null && plugged.kind === 'stlink' && serial !== null && driverFor(board) !== null) {
    return new StLinkProbe({ board, serial, open: () => openStLink(serial), findSerialPath });
  }
  const viaOpenocd = config('openocd');
  if (viaOpenocd !== undefined) {
    try {
      return await openocd(board, serial, options, findSerialPath, []);
    } catch (error) {
      const fallback = error instanceof StudioError && error.code === 'toolchain.missing' ? copying() : null;
      if (fallback === null) throw error;
      return fallback;
    }
  }
  const fallback = copying();
  if (fallback !== null) return fallback;
  throw probeUnsupported(
    `${board.name} can only be flashed through its drive, which is not mounted.`,
    'Mount the drive that appears when the board is plugged in.',
  );
}

async function openocd(
  board: Board,
  serial: string | null,
  options: OpenProbeOptions,
  findSerialPath: () => Promise<string | null>,
  extraArguments: readonly string[],
): Promise<Probe> {
  const configured = board.probes.find((probe): probe is ConfigOf<'openocd'> => probe.kind === 'openocd');
  if (configured === undefined) {
    throw probeUnsupported(`OpenOCD has no configuration for ${board.name}.`, 'Flash it through its drive.');
  }
  const tool = await locateTool('openocd', options.toolchain);
  return new OpenocdProbe({
    board,
    config: configured.config,
    serial,
    command: tool.path,
    environment: tool.environment,
    extraArguments,
    findSerialPath,
  });
}

function copyTo(
  board: Board,
  plugged: PluggedProbe,
  options: OpenProbeOptions & { readonly system: SystemView },
  findSerialPath: () => Promise<string | null>,
): Probe {
  const find = async (): Promise<{ path: string; label: string } | null> => {
    const mounts = await options.system.mountedDrives();
    const again = mounts.find((mount) =>
      mount.usbSerial !== null ? mount.usbSerial === plugged.serial : mount.label === plugged.drive?.label,
    );
    return again ?? null;
  };
  return new DriveProbe({ board, find, serial: plugged.serial, findSerialPath });
}
