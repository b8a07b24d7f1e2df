import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Board } from '../../boards/index.ts';
import { StudioError, type LongCall } from '../../contract/index.ts';
import { runProcess, withScratch, type ProcessResult } from '../../processes/index.ts';
import {
  assertFlashable,
  assertUnlockable,
  identityOf,
  idRegisters,
  protectionLevel,
  type ChipReadings,
} from '../chipFacts.ts';
import {
  probeAborted,
  probeFailed,
  probeTimeout,
  probeToolMissing,
  probeUnsupported,
  targetLost,
  unplugged,
} from '../errors.ts';
import { assertFits, imageBytes, sliceBySectors, type Slice } from '../image.ts';
import type { ChipIdentity, FlashImage, Probe } from '../probe.ts';
import { inWords } from './nrf53.ts';
import { explainFailure, mayBeLost, readMarks, targetVolts } from './output.ts';
import { canUnlock, flashScript, identifyScript, isNordic, resetScript, sliceFile, unlockScript } from './script.ts';

export interface OpenocdOptions {
  readonly board: Board;
  /** Interface, transport and target, as in the board file. */
  readonly config: readonly string[];
  /** The probe's serial number, always given to OpenOCD; null only where the probe has none. */
  readonly serial: string | null;
  /** The program; `openocd` on the PATH where not given. */
  readonly command?: string;
  /** Added to the environment of OpenOCD's process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Its folder of scripts, where it was moved from where it was built to stand. */
  readonly scripts?: string;
  /** Further arguments behind the configuration: how to reach a probe that is not on USB. */
  readonly extraArguments?: readonly string[];
  /** Where the firmware will answer. */
  readonly findSerialPath?: () => Promise<string | null>;
}

/** OpenOCD's own servers stay off: two of them at once would collide on their ports, and nobody may connect. */
const noServers = ['-c', 'gdb_port disabled; tcl_port disabled; telnet_port disabled'];
const wantedSliceBytes = 32 * 1024;
const shortCallMs = 20_000;
/** Slower than the slowest Flash that we know of, so that only a hang is cut off. */
const slowestBytesPerSecond = 4 * 1024;

/** Flashes through OpenOCD, one run of it for each thing that is asked; nothing of it lives on in between. */
export class OpenocdProbe implements Probe {
  readonly selector: string;
  readonly board: Board;
  private readonly options: OpenocdOptions;
  private readonly running = new AbortController();

  constructor(options: OpenocdOptions) {
    if (options.serial !== null && !/^[\w:.-]+$/.test(options.serial)) {
      throw probeUnsupported(
        'The serial number of the probe has letters that OpenOCD cannot be given.',
        'Use another probe.',
      );
    }
    this.options = options;
    this.board = options.board;
    this.selector = `openocd:${options.serial ?? 'any'}`;
  }

  async identify(): Promise<ChipIdentity> {
    const result = await this.runScript(identifyScript(this.board), [], '', shortCallMs, {});
    return identityOf(this.board, readingsOf(this.board, result.output));
  }

  async flash(image: FlashImage, call: LongCall = {}): Promise<void> {
    assertFits(this.board, image);
    const sliced = sliceBySectors(this.board, image, wantedSliceBytes);
    const slices = this.board.flash?.controller === 'nrf53' ? sliced.map(inWords) : sliced;
    const total = imageBytes(image);
    const timeoutMs = 30_000 + (total / slowestBytesPerSecond) * 1000;
    const report = progressReporter(slices, call);
    try {
      const result = await this.runScript(flashScript(this.board, slices), slices, image.file, timeoutMs, call, report);
      // The marks say that each slice was verified; without them an exit code of 0 means nothing.
      const verified = [...result.output.matchAll(/^mcunet verified \d+/gm)].length;
      if (verified !== slices.length || !readMarks(result.output).has('done')) {
        throw explainFailure({ board: this.board, ...result, serial: this.options.serial, image: image.file });
      }
    } catch (error) {
      throw error instanceof StudioError && mayBeLost(error) ? await this.askAgain(error, call) : error;
    }
  }

  /** What a failure in the middle of the work was: whether probe and chip are still there decides, not the words of the moment. */
  private async askAgain(failure: StudioError, call: LongCall): Promise<StudioError> {
    if (call.signal?.aborted === true || this.running.signal.aborted) return failure;
    const { details } = failure;
    try {
      const { output } = await this.runScript(identifyScript(this.board), [], '', shortCallMs, call);
      return readingsOf(this.board, output).idWord === null ? targetLost(details) : failure;
    } catch (error) {
      if (!(error instanceof StudioError)) return failure;
      if (error.code === 'probe.not-found' || error.code === 'probe.unplugged') return unplugged(details);
      if (error.code === 'probe.no-target-voltage') return error;
      const started = readMarks(String(details.output ?? '')).size > 0 || failure.code !== 'probe.no-target';
      return started && /^probe\.(no-target|failed|timeout)$/.test(error.code) ? targetLost(details) : failure;
    }
  }

  async reset(): Promise<void> {
    await this.runScript(resetScript, [], '', shortCallMs, {});
  }

  /** Erases all of Flash and lifts readout protection. Whoever calls this has had it confirmed. */
  async unlock(call: LongCall = {}): Promise<void> {
    if (!canUnlock(this.board)) {
      throw probeUnsupported(
        `Read protection of ${this.board.mcu} cannot be lifted through OpenOCD 0.12.`,
        "Use the chip maker's tool (nrfjprog --recover, STM32CubeProgrammer).",
      );
    }
    await this.assertLocked(call);
    await this.runScript(unlockScript(this.board), [], '', 60_000, call);
    // Throws where a locked nRF stayed locked.
    const { output } = await this.runScript(identifyScript(this.board), [], '', shortCallMs, call);
    const { protectionWord } = readingsOf(this.board, output);
    if (!isNordic(this.board) && protectionLevel(this.board, protectionWord) !== 0) {
      throw probeFailed('The chip kept its read protection', { word: protectionWord });
    }
  }

  /** A locked STM32 still says who it is and how it is locked; a locked nRF says only that. */
  private async assertLocked(call: LongCall): Promise<void> {
    try {
      const { output } = await this.runScript(identifyScript(this.board), [], '', shortCallMs, call);
      assertUnlockable(this.board, readingsOf(this.board, output));
    } catch (error) {
      const locked = isNordic(this.board) && error instanceof StudioError && error.code === 'probe.read-protected';
      if (!locked) throw error;
    }
  }

  serialPath(): Promise<string | null> {
    return this.options.findSerialPath?.() ?? Promise.resolve(null);
  }

  close(): Promise<void> {
    this.running.abort();
    return Promise.resolve();
  }

  private async runScript(
    script: string,
    slices: readonly Slice[],
    imageFile: string,
    timeoutMs: number,
    call: LongCall,
    onText: (text: string) => void = () => undefined,
  ): Promise<{ output: string; exitCode: number | null }> {
    return withScratch('openocd', async (folder) => {
      await writeFile(join(folder, 'script.tcl'), script);
      await Promise.all(slices.map((slice, at) => writeFile(join(folder, sliceFile(at)), slice.bytes)));
      const result = await this.start(folder, timeoutMs, call, onText);
      const output = result.stdout + result.stderr;
      const run = {
        board: this.board,
        output,
        exitCode: result.exitCode,
        serial: this.options.serial,
        image: imageFile,
      };
      // A locked nRF answers nothing, and OpenOCD goes on all the same.
      if (/AP lock engaged/.test(output) && !readMarks(output).has('done')) throw explainFailure(run);
      if (readMarks(output).get('refused') !== undefined) assertFlashable(this.board, readingsOf(this.board, output));
      if (result.exitCode !== 0) throw explainFailure(run);
      return { output, exitCode: result.exitCode };
    });
  }

  private async start(
    folder: string,
    timeoutMs: number,
    call: LongCall,
    onText: (text: string) => void,
  ): Promise<ProcessResult> {
    const { config, serial, scripts, extraArguments = [], command = 'openocd', environment = {} } = this.options;
    const signals = [this.running.signal, ...(call.signal === undefined ? [] : [call.signal])];
    try {
      return await runProcess(
        command,
        [
          ...(scripts === undefined ? [] : ['-s', scripts]),
          ...noServers,
          ...config,
          ...(serial === null ? [] : ['-c', `adapter serial ${serial}`]),
          ...extraArguments,
          '-f',
          'script.tcl',
        ],
        {
          cwd: folder,
          env: environment,
          timeoutMs,
          signal: AbortSignal.any(signals),
          onStdout: onText,
          onStderr: onText,
        },
      );
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      if (error.code === 'process.aborted') throw probeAborted('Flashing');
      if (error.code === 'process.timeout') throw probeTimeout('OpenOCD', timeoutMs / 1000, error.details);
      throw error.code === 'process.not-started' ? probeToolMissing('OpenOCD', error) : error;
    }
  }
}

/** Turns `mcunet written N` and `mcunet verified N` into bytes; writing and verifying each count every byte once. */
function progressReporter(slices: readonly Slice[], call: LongCall): (text: string) => void {
  const total = slices.reduce((sum, slice) => sum + slice.bytes.length, 0);
  const seen = new Set<string>();
  let pending = '';
  return (text) => {
    const lines = (pending + text).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      const match = /^mcunet (written|verified) (\d+)/.exec(line);
      if (match === null || seen.has(match[0])) continue;
      seen.add(match[0]);
      const stage = match[1] === 'written' ? 'writing' : 'verifying';
      const upTo = slices.slice(0, Number(match[2]) + 1).reduce((sum, slice) => sum + slice.bytes.length, 0);
      call.onProgress?.({ stage, done: upTo, total, remainingMs: null });
    }
  };
}

function readingsOf(board: Board, output: string): ChipReadings {
  const marks = readMarks(output);
  const word = (name: string): number | null => {
    const value = marks.get(`word-${name}`);
    return value === undefined ? null : Number(value) >>> 0;
  };
  const registers = [...(board.chip === null ? [] : [board.chip.idRegister]), ...idRegisters];
  // A register that reads zero, or all ones, is memory that exists and identifies nothing.
  const told = registers.find((register) => ![null, 0, 0xffffffff].includes(word(`0x${register.toString(16)}`)));
  return {
    idRegister: told ?? null,
    idWord: told === undefined ? null : word(`0x${told.toString(16)}`),
    flashSizeWord: word('size'),
    protectionWord: word('protection'),
    volts: targetVolts(output),
  };
}
