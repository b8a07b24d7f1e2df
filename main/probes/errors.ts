import { StudioError } from '../contract/index.ts';
import type { Board } from '../boards/index.ts';

/**
 * What can go wrong between us and a board, each with its one sentence and one remedy. The same failure reads the same
 * whichever probe met it.
 */
type Details = Record<string, unknown>;

function failure(code: string, message: string, remedy: string, details: Details = {}, cause?: unknown): StudioError {
  return new StudioError({ code: `probe.${code}`, message, remedy, details, cause });
}

export const probeNotFound = (what: string, details?: Details): StudioError =>
  failure('not-found', `No ${what} is plugged in.`, 'Plug the board in, with a cable that carries data.', details);

export const probeNotPermitted = (what: string, details?: Details): StudioError =>
  failure(
    'no-permission',
    `The system does not let us open the ${what}.`,
    process.platform === 'linux'
      ? 'Install the udev rules that `mcunet doctor` offers, then plug the board in again.'
      : 'Run `mcunet doctor`: it names the driver or permission that is missing.',
    details,
  );

export const probeBusy = (what: string, details?: Details): StudioError =>
  failure(
    'busy',
    `Another program holds the ${what}.`,
    'Close the other program (a debugger, an IDE, a second window) and try again.',
    details,
  );

export const probeDriverMissing = (what: string, details?: Details): StudioError =>
  failure(
    'no-driver',
    `The ${what} is plugged in, but the system has no driver through which we can open it.`,
    'Run `mcunet doctor`: it names the driver for this system.',
    details,
  );

export const wrongSerial = (serial: string, details?: Details): StudioError =>
  failure(
    'wrong-serial',
    `A probe is plugged in, but not the one with serial number ${serial}.`,
    'Plug that board in, or choose the one that is there.',
    { serial, ...details },
  );

export const severalProbes = (selectors: readonly string[]): StudioError =>
  failure(
    'ambiguous',
    `${selectors.length} probes fit this board, and which one is meant was not said.`,
    `Say which one: ${selectors.map((selector) => `--probe ${selector}`).join(' or ')}.`,
    { selectors },
  );

export const noTargetVoltage = (volts: number): StudioError =>
  failure(
    'no-target-voltage',
    `The probe measures ${volts.toFixed(2)} V at the chip, which is too little to talk to it.`,
    "Power the board: check its power jumper (JP5, IDD) and the cable to the chip's own USB connector.",
    { volts },
  );

export const noTarget = (details?: Details): StudioError =>
  failure(
    'no-target',
    'The probe answers, but no chip answers the probe.',
    'Hold the reset button while you try again; if that fails, check the jumpers between the probe and the chip (CN2, CN4). A chip that was locked for ever (read protection level 2) does not answer any more.',
    details,
  );

export const targetLost = (details?: Details): StudioError =>
  failure(
    'target-lost',
    'The probe is there, but the chip stopped answering in the middle of the work.',
    'Check the power of the chip and the jumpers between it and the probe, then flash again: an interrupted flash does no lasting harm.',
    details,
  );

export const wrongChip = (board: Board, found: string, details?: Details): StudioError =>
  failure(
    'wrong-chip',
    `The chip is ${found}, but ${board.name} carries an ${board.mcu}; nothing was erased.`,
    'Choose the board that is really plugged in.',
    { expected: board.mcu, found, ...details },
  );

export const readProtected = (permanent: boolean, details?: Details): StudioError =>
  permanent
    ? failure(
        'read-protected',
        'The chip is read-protected for ever (level 2): no debugger can change its Flash again.',
        'Use another board: this protection cannot be lifted.',
        { permanent, ...details },
      )
    : failure(
        'read-protected',
        'The chip is read-protected: whoever wrote its firmware locked it, and only erasing all of it unlocks it.',
        'If the firmware in it may be lost, unlock with `mcunet flash --unlock` and type the confirmation it asks for.',
        { permanent, ...details },
      );

export const notProtected = (board: Board): StudioError =>
  failure(
    'not-protected',
    `The chip of ${board.name} is not read-protected; nothing was erased.`,
    'Flash it without --unlock.',
  );

export const writeProtected = (details?: Details): StudioError =>
  failure(
    'write-protected',
    'Some of the Flash is write-protected by option bytes and refused to be erased or written.',
    "Lift the write protection of these sectors with the chip maker's tool (STM32CubeProgrammer, nrfjprog).",
    details,
  );

export const verifyFailed = (details?: Details): StudioError =>
  failure(
    'verify-failed',
    'What was read back from Flash differs from what was written.',
    'Flash again; if it fails at the same address, the chip is worn or its supply is weak.',
    details,
  );

export const unplugged = (details?: Details): StudioError =>
  failure(
    'unplugged',
    'The probe went away in the middle of the work.',
    'Plug the board in again and repeat: an interrupted flash does no lasting harm.',
    details,
  );

export const imageTooLarge = (board: Board, imageBytes: number, flashBytes: number): StudioError =>
  failure(
    'image-too-large',
    `The image is ${kib(imageBytes)} KiB, but the Flash of ${board.name} holds ${kib(flashBytes)} KiB.`,
    'Choose a smaller network or a board with more Flash.',
    { imageBytes, flashBytes },
  );

export const imageOutsideFlash = (board: Board, address: number): StudioError =>
  failure(
    'image-outside-flash',
    `The image wants to be written to 0x${address.toString(16)}, where ${board.name} has no Flash.`,
    'Build the image for this board.',
    { address },
  );

export const imageUnreadable = (file: string, why: string, cause?: unknown): StudioError =>
  failure(
    'image-unreadable',
    `The image ${file} cannot be used: ${why}.`,
    'Give an ELF, BIN or Intel HEX file of this board.',
    { file },
    cause,
  );

export const probeTimeout = (what: string, seconds: number, details?: Details): StudioError =>
  failure(
    'timeout',
    `${what} did not end within ${seconds} s and was stopped.`,
    'Unplug the board, plug it in again and repeat.',
    details,
  );

export const probeAborted = (what: string): StudioError =>
  failure('aborted', `${what} was stopped on request.`, 'Flash again before you use the board.');

export const probeToolMissing = (tool: string, cause?: unknown): StudioError =>
  failure(
    'tool-missing',
    `${tool} is needed to flash this board and was not found.`,
    'Run `mcunet doctor`: it says where to get it.',
    { tool },
    cause,
  );

export const flashRefused = (what: string, details?: Details): StudioError =>
  failure(
    'flash-error',
    `The chip's Flash controller refused: ${what}.`,
    'Flash again; if it fails in the same way, report the details below.',
    details,
  );

/** What FAIL.TXT says, with DAPLink's own sentence and its kind of failure. */
export const driveRefused = (error: string, type: string | null): StudioError => {
  const remedies: Record<string, string> = {
    user: 'Build the image for this board and flash again.',
    target:
      'Check that the chip is powered and its debug pins are free; if it is protected, erase it with its maker’s tool.',
    transient: 'Flash again.',
    interface: "Update the probe's firmware (daplink.io, or ST's STSW-LINK007).",
    internal: "Update the probe's firmware (daplink.io, or ST's STSW-LINK007).",
  };
  return failure(
    'drive-refused',
    `The probe could not flash what was copied to its drive: ${error.replace(/\.$/, '')}.`,
    remedies[type ?? ''] ?? 'Flash again; if that fails, flash through OpenOCD.',
    { error, type },
  );
};

export const probeFailed = (what: string, details?: Details, cause?: unknown): StudioError =>
  failure(
    'failed',
    `${what}.`,
    'Unplug the board, plug it in again and repeat; if that fails, report the details below.',
    details,
    cause,
  );

export const probeUnsupported = (what: string, remedy: string, details?: Details): StudioError =>
  failure('unsupported', what, remedy, details);

function kib(bytes: number): string {
  return (bytes / 1024).toFixed(bytes % 1024 === 0 ? 0 : 1);
}
