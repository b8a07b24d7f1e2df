import type { Board } from '../../boards/index.ts';
import type { StudioError } from '../../contract/index.ts';
import {
  flashRefused,
  imageUnreadable,
  noTarget,
  noTargetVoltage,
  probeBusy,
  probeFailed,
  probeNotFound,
  probeNotPermitted,
  readProtected,
  unplugged,
  verifyFailed,
  writeProtected,
  wrongChip,
  wrongSerial,
} from '../errors.ts';

/** What OpenOCD said, and what was asked of it. */
export interface OpenocdRun {
  readonly board: Board;
  readonly output: string;
  readonly exitCode: number | null;
  readonly serial: string | null;
  readonly image: string;
}

interface Rule {
  readonly says: RegExp;
  readonly means: (run: OpenocdRun, match: RegExpExecArray) => StudioError;
}

const probeWord = 'debug probe';

/**
 * Messages of OpenOCD 0.12 in the order in which they decide: the particular before the general. Each was seen from the
 * real program (with a virtual probe), and the tests produce each again.
 */
const rules: readonly Rule[] = [
  { says: /LIBUSB_ERROR_ACCESS/, means: () => probeNotPermitted(probeWord) },
  { says: /LIBUSB_ERROR_BUSY/, means: () => probeBusy(probeWord) },
  { says: /AP lock engaged/, means: ({ output }) => readProtected(false, details(output)) },
  { says: /serial mismatch/, means: ({ serial }) => wrongSerial(serial ?? 'given') },
  { says: /no ST-LINK detected|unable to find a matching CMSIS-DAP device/, means: notThere },
  { says: /No J-Link device found/, means: notThere },
  // A J-Link that is not on USB is looked for in the network as well; with that cable out, the looking itself fails.
  { says: /TCP\/IP device discovery failed/, means: notThere },
  {
    says: /failed to receive USB CMD response|LIBUSB_ERROR_NO_DEVICE|usb_bulk_(read|write) error|jtag status contains invalid mode value/,
    means: gone,
  },
  { says: /Error: open failed/, means: notThere },
  {
    says: /target voltage may be too low/,
    means: ({ output }) => noTargetVoltage(Number(/Target voltage: ([\d.]+)/.exec(output)?.[1] ?? 0)),
  },
  {
    says: /init mode failed|Error connecting DP|cannot read IDR|unable to connect to the target|Examination failed/,
    means: ({ output }) => noTarget(details(output)),
  },
  {
    says: /UNEXPECTED idcode: (0x[0-9a-f]+)/,
    means: ({ board, output }, match) => wrongChip(board, debugPortName(match[1] ?? ''), details(output)),
  },
  { says: /checksum mismatch|Verify Failed|contents differ/, means: ({ output }) => verifyFailed(details(output)) },
  {
    says: /device protected|failed erasing sectors|is protected/,
    means: ({ output }) => writeProtected(details(output)),
  },
  { says: /couldn't open (\S+)/, means: ({ image }) => imageUnreadable(image, 'OpenOCD could not open it') },
  { says: /error writing to flash at address/, means: ({ output }) => flashRefused('writing failed', details(output)) },
  {
    says: /Can't find (\S+)/,
    means: ({ output }, match) => probeFailed(`OpenOCD has no script ${match[1] ?? ''}`, details(output)),
  },
  // ST's server gives a probe to one program at a time.
  { says: /TCP error status/, means: ({ output }) => probeBusy(probeWord, details(output)) },
  // An interface that another program has claimed is not worth a word to OpenOCD: it ends after its usual greeting.
  { says: /clock speed \d+ kHz\s*$/, means: ({ output }) => probeBusy(probeWord, details(output)) },
];

/** The error that a failed run means. */
export function explainFailure(run: OpenocdRun): StudioError {
  for (const rule of rules) {
    const match = rule.says.exec(run.output);
    if (match !== null) return rule.means(run, match);
  }
  return probeFailed(`OpenOCD ended with code ${run.exitCode ?? 'none'} and without a reason we know`, {
    ...details(run.output),
    exitCode: run.exitCode,
  });
}

/**
 * Codes under which a chip or a cable that goes away in the middle of the work may show: what OpenOCD says then depends on
 * what it was just doing, so the hardware is asked again.
 */
export function mayBeLost({ code }: StudioError): boolean {
  return /^probe\.(failed|unplugged|no-target|flash-error|write-protected|verify-failed|wrong-chip)$/.test(code);
}

/** Lines that our scripts print: `mcunet WORD VALUE`. */
export function readMarks(output: string): Map<string, string> {
  return new Map([...output.matchAll(/^mcunet (\S+) (\S+)\s*$/gm)].map((match) => [match[1] ?? '', match[2] ?? '']));
}

export function targetVolts(output: string): number | null {
  const match = /Target voltage: ([\d.]+)/.exec(output);
  return match === null ? null : Number(match[1]);
}

function notThere({ serial, output }: OpenocdRun): StudioError {
  return probeNotFound(serial === null ? probeWord : `${probeWord} with serial number ${serial}`, details(output));
}

function gone({ output }: OpenocdRun): StudioError {
  return unplugged(details(output));
}

function details(output: string): { output: string } {
  return { output: output.slice(-4000) };
}

/** What a debug port id tells before anything else can be read (DPIDR, as OpenOCD's target files expect it). */
function debugPortName(idcode: string): string {
  const families = new Map([
    ['0x2ba01477', 'one with a Cortex-M3 or M4 (STM32F4, L4, G4, nRF52)'],
    ['0x5ba02477', 'an STM32F7'],
    ['0x6ba02477', 'an STM32H7 or nRF53'],
    ['0x0be12477', 'one with a Cortex-M33 (STM32U5, L5)'],
    ['0x0bc11477', 'one with a Cortex-M0+'],
    ['0x0bb11477', 'one with a Cortex-M0'],
  ]);
  return families.get(idcode) ?? `one whose debug port says ${idcode}`;
}
