import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../contract/index.ts';
import { discover, loadBoards, realSystem } from '../boards/index.ts';
import { surveyTools, type ToolName } from '../toolchain/index.ts';

/** What works without a tool, so that its absence can be told in proportion. */
const purposes: Readonly<
  Record<ToolName, { readonly title: string; readonly needed: boolean; readonly without: string }>
> = {
  'arm-gcc': { title: 'Arm compiler', needed: true, without: 'no firmware can be built' },
  qemu: { title: 'QEMU', needed: true, without: 'virtual boards do not run' },
  openocd: { title: 'OpenOCD', needed: false, without: 'boards that are flashed through OpenOCD cannot be' },
  'host-gcc': { title: 'Host C compiler', needed: false, without: 'tests of generated C on this machine are skipped' },
  chromium: { title: 'Chromium', needed: false, without: 'browser tests are skipped' },
};

/** Looks at everything that the studio needs from this computer: tools, ports, permissions, memory. */
export async function checkUp(): Promise<Finding[]> {
  return [...(await tools()), ...(await plugged()), serialPorts(), usbDevices(), machine(), tensorflow()];
}

async function tools(): Promise<Finding[]> {
  const survey = await surveyTools();
  return survey.map(({ name, found, problem }) => {
    const { title, needed, without } = purposes[name];
    if (found !== null)
      return {
        id: `tool.${name}`,
        title,
        state: 'ok' as const,
        detail: `version ${found.version}`,
        remedy: null,
        version: found.version,
        path: found.path,
      };
    return {
      id: `tool.${name}`,
      title,
      state: needed ? ('missing' as const) : ('warning' as const),
      detail: `${problem?.message ?? 'It was not found.'} Without it ${without}.`,
      remedy: problem?.remedy ?? null,
      version: null,
      path: null,
    };
  });
}

/** What is plugged in, and what stands in its way. */
async function plugged(): Promise<Finding[]> {
  const { probes, problems } = await discover(loadBoards(), realSystem());
  return [
    ...probes.map(({ selector, name, boards, problem }) =>
      problem === null
        ? finding(`probe.${selector}`, name, 'ok', `fits ${boards.join(', ') || 'no board that is known'}`)
        : finding(`probe.${selector}`, name, 'missing', problem.message, problem.remedy),
    ),
    ...problems.map(({ code, message, remedy }) => finding(code, 'Looking for boards', 'warning', message, remedy)),
  ];
}

const finding = (
  id: string,
  title: string,
  state: Finding['state'],
  detail: string,
  remedy: string | null = null,
): Finding => ({
  id,
  title,
  state,
  detail,
  remedy,
  version: null,
  path: null,
});

/** Ports on which a board's probe would answer: may this user open them? Linux names them ttyACM and ttyUSB. */
function serialPorts(): Finding {
  const title = 'Serial ports';
  if (process.platform !== 'linux') return finding('ports', title, 'ok', 'the system lets every user open them');
  const ports = existsSync('/dev') ? readdirSync('/dev').filter((name) => /^tty(ACM|USB)\d+$/.test(name)) : [];
  if (ports.length === 0) return finding('ports', title, 'ok', 'no board is plugged in just now');
  const closed = ports.map((name) => join('/dev', name)).filter((path) => !mayUse(path));
  if (closed.length === 0) return finding('ports', title, 'ok', `${ports.join(', ')} can be opened`);
  return finding(
    'ports',
    title,
    'missing',
    `this user may not open ${closed.join(', ')}`,
    'Install resources/udev/60-mcunet-studio.rules as described in it, or join the group dialout, then plug the board in again.',
  );
}

function usbDevices(): Finding {
  const title = 'USB';
  if (process.platform !== 'linux') return finding('usb', title, 'ok', 'the system hands out devices by its drivers');
  if (!existsSync('/dev/bus/usb'))
    return finding(
      'usb',
      title,
      'warning',
      'this machine shows no USB bus (a container?); boards cannot be plugged in here',
    );
  return finding('usb', title, 'ok', 'the bus can be seen');
}

function machine(): Finding {
  const free = freemem() / 2 ** 30;
  const processors = availableParallelism();
  const detail = `${processors} ${processors === 1 ? 'processor' : 'processors'}, ${free.toFixed(1)} GiB of memory free`;
  return free < 0.7
    ? finding('machine', 'This computer', 'warning', detail, 'Close other programs before a training.')
    : finding('machine', 'This computer', 'ok', detail);
}

/** Optional; its own backend is always there. */
function tensorflow(): Finding {
  const there = existsSync(join(import.meta.dirname, '../../node_modules/@tensorflow/tfjs-node/lib/napi-v8'));
  return finding(
    'tensorflow',
    'TensorFlow (optional)',
    'ok',
    there
      ? 'tfjs-node is installed and can be chosen as a backend'
      : 'not installed; training uses the built-in backend',
  );
}

function mayUse(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
