import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { discover, kindNames, type Board, type PluggedProbe, type SystemView } from '../boards/index.ts';
import { StudioError } from '../contract/index.ts';
import { StLink } from './stlink/stlink.ts';
import type { UsbPipe } from './stlink/usbPipe.ts';
import { openStLink } from './usbDevices.ts';

/** One thing that was tried, and how it went. */
export interface AccessCheck {
  /** `usb`, `ports`, `probe.stlink:066D…`, `port./dev/ttyACM0`. */
  readonly id: string;
  readonly title: string;
  readonly state: 'ok' | 'warning' | 'missing';
  readonly detail: string;
  readonly remedy: string | null;
  readonly path: string | null;
}

export interface AccessTools {
  openStLink(serial: string): Promise<UsbPipe>;
  /** Opens a serial port's node for reading and writing, and closes it. */
  openPort(path: string): Promise<void>;
}

/**
 * Whether the probes and ports that are plugged in can really be used, found out by using them: each device is opened, each
 * ST-Link asked for its version and the voltage at the chip, each serial port opened. Names the step that failed.
 */
export async function checkProbeAccess(
  boards: readonly Board[],
  system: SystemView,
  given: Partial<AccessTools> = {},
): Promise<AccessCheck[]> {
  const tools: AccessTools = { openStLink, openPort: openNode, ...given };
  const found = await discover(boards, system);
  const lists = found.problems.map(({ message, remedy }) =>
    check('lists', 'Plugged-in devices', 'warning', message, remedy),
  );
  if (found.probes.length === 0) {
    const detail = 'no debug probe or board is plugged in just now, so nothing could be tried';
    return [...lists, check('usb', 'Debug probes', 'ok', detail)];
  }
  const probes = await Promise.all(found.probes.map((probe) => checkProbe(probe, tools)));
  const paths = found.probes.flatMap((probe) => probe.serialPaths);
  const ports = await Promise.all(paths.map((path) => checkPort(path, tools)));
  return [...lists, ...probes, ...ports];
}

async function checkProbe(probe: PluggedProbe, tools: AccessTools): Promise<AccessCheck> {
  const id = `probe.${probe.selector}`;
  const title = `${kindNames[probe.kind]} ${probe.serial ?? ''}`.trim();
  if (probe.problem !== null)
    return check(id, title, 'missing', `opening it failed: ${probe.problem.message}`, remedyFor(probe.problem));
  if (probe.kind !== 'stlink' || probe.serial === null) return check(id, title, 'ok', 'it can be opened');
  try {
    return check(id, title, 'ok', await askStLink(await tools.openStLink(probe.serial)));
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return check(id, title, 'missing', `asking for its version failed: ${error.message}`, remedyFor(error));
  }
}

async function askStLink(pipe: UsbPipe): Promise<string> {
  const link = new StLink(pipe);
  try {
    const { generation, jtag } = await link.version();
    const volts = await link.targetVolts();
    return `it answers: firmware V${generation}J${jtag}, ${volts.toFixed(2)} V at the chip`;
  } finally {
    await pipe.close();
  }
}

async function checkPort(path: string, tools: AccessTools): Promise<AccessCheck> {
  const id = `port.${path}`;
  const title = 'Serial port';
  try {
    await tools.openPort(path);
    return { ...check(id, title, 'ok', 'it can be opened'), path };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const forbidden = code === 'EACCES' || code === 'EPERM';
    const remedy = forbidden
      ? 'Install the udev rules (resources/udev/60-mcunet-studio.rules says how) or run `sudo usermod -aG dialout $USER` and log in again.'
      : code === 'EBUSY'
        ? 'Close the other program that has it open (a serial monitor, an IDE).'
        : 'Plug the board in again.';
    return { ...check(id, title, 'missing', `opening it failed: ${code}`, remedy), path };
  }
}

/** Through the node itself: what a package manager or a group file says does not count. */
async function openNode(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  await handle.close();
}

function remedyFor({ code, remedy }: { readonly code: string; readonly remedy: string }): string {
  if (code === 'probe.no-permission' && process.platform === 'linux') {
    return 'sudo cp resources/udev/60-mcunet-studio.rules /etc/udev/rules.d/ && sudo udevadm control --reload, then plug the board in again and run `mcunet doctor` once more.';
  }
  if (code === 'probe.no-driver') {
    return 'On Windows, install the WinUSB driver for the probe (docs/hardware-access.md), then run `mcunet doctor` once more.';
  }
  return remedy;
}

function check(
  id: string,
  title: string,
  state: AccessCheck['state'],
  detail: string,
  remedy: string | null = null,
): AccessCheck {
  return { id, title, state, detail, remedy, path: null };
}
