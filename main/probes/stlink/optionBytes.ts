import type { Board } from '../../boards/index.ts';
import { probeFailed, probeTimeout, probeUnsupported } from '../errors.ts';
import type { StLink } from './stlink.ts';

const flashKeys = [0x45670123, 0xcdef89ab];
const optionKeys = [0x08192a3b, 0x4c5d6e7f];
/** Setting the protection back to level 0 erases all of Flash before it answers: longer than any mass erase (H7: 2 × 16 s). */
const timeoutMs = 60_000;

/** How a family's option bytes are written: which keys first, where the protection byte is, what starts it, what tells that it is done. */
interface OptionBytes {
  /** Register and key, in order. */
  readonly keys: readonly (readonly [register: number, key: number])[];
  /** Holds the protection byte, to be written; `current` is where the one in force is read. */
  readonly option: number;
  readonly current: number;
  readonly shift: number;
  /** Bits to set in the register that starts the writing. */
  readonly start: readonly [register: number, bits: number];
  readonly busy: readonly [register: number, bits: number];
  /** Makes the chip load them, by a reset that takes the answer along; null where they hold at once. */
  readonly load: readonly [register: number, bits: number] | null;
}

const level0 = 0xaa;

const keysAt = (flash: number | null, option: number): OptionBytes['keys'] => [
  ...(flash === null ? [] : flashKeys.map((key) => [flash, key] as const)),
  ...optionKeys.map((key) => [option, key] as const),
];

/** RM0090 and RM0385, Flash: option bytes. */
const f4: OptionBytes = {
  keys: keysAt(null, 0x40023c08),
  option: 0x40023c14,
  current: 0x40023c14,
  shift: 8,
  start: [0x40023c14, 2],
  busy: [0x40023c0c, 1 << 16],
  load: null,
};

/** RM0351, RM0432 and RM0440, Flash: option bytes: OPTSTRT, then OBL_LAUNCH. */
const l4: OptionBytes = {
  keys: keysAt(0x40022008, 0x4002200c),
  option: 0x40022020,
  current: 0x40022020,
  shift: 0,
  start: [0x40022014, 1 << 17],
  busy: [0x40022010, 1 << 16],
  load: [0x40022014, 1 << 27],
};

/** RM0433 and RM0468, Flash: option bytes: OPTSTART; OPTSR_CUR says when it is done. */
const h7: OptionBytes = {
  keys: keysAt(null, 0x52002008),
  option: 0x52002020,
  current: 0x5200201c,
  shift: 8,
  start: [0x52002018, 2],
  busy: [0x5200201c, 1],
  load: null,
};

const families = new Map<string, OptionBytes>([
  ['stm32f4', f4],
  ['stm32f7', f4],
  ['stm32l4', l4],
  ['stm32g4', l4],
  ['stm32h7', h7],
]);

/**
 * Sets the readout protection from level 1 back to level 0, upon which the chip erases all of its Flash. The core is to be
 * halted. Whoever calls this has had it confirmed.
 * @throws StudioError `probe.unsupported`, `probe.timeout`, `probe.failed` (the chip kept its protection)
 */
export async function liftReadProtection(link: StLink, board: Board): Promise<void> {
  const bytes = families.get(board.flash?.controller ?? '');
  if (bytes === undefined) {
    throw probeUnsupported(
      `Our own ST-Link driver does not know the option bytes of ${board.mcu}.`,
      'Name the probe as openocd:SERIAL with --probe, and unlock through OpenOCD.',
    );
  }
  for (const [register, key] of bytes.keys) await link.writeWord(register, key);
  const before = await link.readWord(bytes.option);
  const wanted = ((before & ~(0xff << bytes.shift)) | (level0 << bytes.shift)) >>> 0;
  await link.writeWord(bytes.option, wanted);
  const [control, start] = bytes.start;
  // Where the option register is its own control register, the start bit goes in beside the options.
  const beside = control === bytes.option ? wanted : await link.readWord(control);
  await link.writeWord(control, (beside | start) >>> 0);
  await waitWhile(link, bytes.busy);
  if (bytes.load !== null) {
    const [register, bit] = bytes.load;
    // The chip resets itself upon this, which may swallow the answer and the next ones.
    await link.writeWord(register, bit).catch(() => undefined);
    await reconnect(link, bytes.current);
  }
  const after = await link.readWord(bytes.current);
  if (((after >>> bytes.shift) & 0xff) !== level0) {
    throw probeFailed('The chip kept its read protection', { register: bytes.current, word: after });
  }
}

const reconnectTries = 10;
const reconnectPauseMs = 50;

/** Until the chip answers again. */
async function reconnect(link: StLink, register: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await link.enterDebug();
      await link.readWord(register);
      return;
    } catch (error) {
      if (attempt === reconnectTries) throw error;
      await new Promise((resolve) => setTimeout(resolve, reconnectPauseMs));
    }
  }
}

async function waitWhile(link: StLink, [register, bits]: readonly [number, number]): Promise<void> {
  const until = performance.now() + timeoutMs;
  do {
    if (((await link.readWord(register)) & bits) === 0) return;
  } while (performance.now() < until);
  throw probeTimeout('Erasing the chip to unlock it', timeoutMs / 1000, { register });
}
