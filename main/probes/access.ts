import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { discover, kindNames, type Board, type PluggedProbe, type SystemView } from '../boards/index.ts';
import { StudioError, toErrorReport, type ErrorReport, type Finding } from '../contract/index.ts';
import { StLink } from './stlink/stlink.ts';
import type { UsbPipe } from './stlink/usbPipe.ts';
import { openStLink } from './usbDevices.ts';

/** One thing that was tried, and how it went; its id is `usb`, `lists`, `probe.stlink:066D…`, `port./dev/ttyACM0`. */
export type AccessCheck = Omit<Finding, 'version'>;

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
  const lists = found.problems.map((problem) => {
    const facts = { what: 'devices.unlisted', problem } as const;
    return check('lists', 'Plugged-in devices', 'warning', facts, problem.message, problem.remedy);
  });
  if (found.probes.length === 0) {
    const detail = 'no debug probe or board is plugged in just now, so nothing could be tried';
    return [...lists, check('usb', 'Debug probes', 'ok', { what: 'probes.none' }, detail)];
  }
  const probes = await Promise.all(found.probes.map((probe) => checkProbe(probe, tools)));
  const paths = found.probes.flatMap((probe) => probe.serialPaths);
  const ports = await Promise.all(paths.map((path) => checkPort(path, tools)));
  return [...lists, ...probes, ...ports];
}

async function checkProbe(probe: PluggedProbe, tools: AccessTools): Promise<AccessCheck> {
  const id = `probe.${probe.selector}`;
  const name = `${kindNames[probe.kind]} ${probe.serial ?? ''}`.trim();
  if (probe.problem !== null) return failedProbe(id, name, 'opening', probe.problem);
  if (probe.kind !== 'stlink' || probe.serial === null)
    return check(id, name, 'ok', { what: 'probe.opens', name }, 'it can be opened');
  try {
    const { firmware, volts } = await askStLink(await tools.openStLink(probe.serial));
    const detail = `it answers: firmware ${firmware}, ${volts.toFixed(2)} V at the chip`;
    return check(id, name, 'ok', { what: 'probe.answers', name, firmware, volts }, detail);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return failedProbe(id, name, 'asking', toErrorReport(error));
  }
}

function failedProbe(id: string, name: string, step: 'opening' | 'asking', problem: ErrorReport): AccessCheck {
  const install = whatToInstall(problem);
  const what = step === 'opening' ? 'opening it' : 'asking for its version';
  const remedy = install === null ? problem.remedy : installing[install];
  const facts = { what: 'probe.failed', name, step, problem, install } as const;
  return check(id, name, 'missing', facts, `${what} failed: ${problem.message}`, remedy);
}

async function askStLink(pipe: UsbPipe): Promise<{ firmware: string; volts: number }> {
  const link = new StLink(pipe);
  try {
    const { generation, jtag } = await link.version();
    return { firmware: `V${generation}J${jtag}`, volts: await link.targetVolts() };
  } finally {
    await pipe.close();
  }
}

/** What helps against each reason for which a port cannot be opened. */
const portRemedies = {
  forbidden:
    'Install the udev rules (resources/udev/60-mcunet-studio.rules says how) or run `sudo usermod -aG dialout $USER` and log in again.',
  busy: 'Close the other program that has it open (a serial monitor, an IDE).',
  gone: 'Plug the board in again.',
} as const;

async function checkPort(path: string, tools: AccessTools): Promise<AccessCheck> {
  const id = `port.${path}`;
  const title = 'Serial port';
  try {
    await tools.openPort(path);
    return { ...check(id, title, 'ok', { what: 'port.opens' }, 'it can be opened'), path };
  } catch (thrown) {
    const error = (thrown as NodeJS.ErrnoException).code ?? 'unknown error';
    const why = error === 'EACCES' || error === 'EPERM' ? 'forbidden' : error === 'EBUSY' ? 'busy' : 'gone';
    const facts = { what: 'port.failed', error, why } as const;
    return { ...check(id, title, 'missing', facts, `opening it failed: ${error}`, portRemedies[why]), path };
  }
}

/** Through the node itself: what a package manager or a group file says does not count. */
async function openNode(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  await handle.close();
}

/** How to install what a probe needs. */
const installing = {
  'udev-rules':
    'sudo cp resources/udev/60-mcunet-studio.rules /etc/udev/rules.d/ && sudo udevadm control --reload, then plug the board in again and run `mcunet doctor` once more.',
  'usb-driver':
    'On Windows, install the WinUSB driver for the probe (docs/hardware-access.md), then run `mcunet doctor` once more.',
} as const;

function whatToInstall({ code }: ErrorReport): keyof typeof installing | null {
  if (code === 'probe.no-permission' && process.platform === 'linux') return 'udev-rules';
  return code === 'probe.no-driver' ? 'usb-driver' : null;
}

function check(
  id: string,
  title: string,
  state: AccessCheck['state'],
  facts: AccessCheck['facts'],
  detail: string,
  remedy: string | null = null,
): AccessCheck {
  return { id, title, state, facts, detail, remedy, path: null };
}
