import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import { StudioError } from '../contract/index.ts';
import { startProcess, type OwnedProcess } from '../processes/index.ts';
import { LineReplies } from './qemuReplies.ts';

/** QEMU's debugger takes packets of 4096 characters; a byte is two. */
const LARGEST_PIECE = 1800;
const ANSWER_MS = 20_000;

export interface MachineOptions {
  readonly qemu: { readonly path: string; readonly environment: Readonly<Record<string, string>> };
  readonly machine: string;
  /** Which serial port is the pseudo-terminal; those before it lead nowhere. */
  readonly serialIndex: number;
  /** Virtual nanoseconds an instruction takes: a power of two. */
  readonly instructionNs: number;
  readonly signal?: AbortSignal;
}

/**
 * One QEMU, started halted and empty. It is driven as hardware is: memory is written and read through its debugger port,
 * reset and run through its control port. Both are pipes that only we hold; nothing is left behind in the file system.
 */
export class QemuMachine {
  readonly serialPath: string;
  private readonly child: OwnedProcess;
  private readonly control: LineReplies;
  private readonly debug: LineReplies;
  private isRunning = false;
  private gone: StudioError | null = null;
  private closing = false;

  private constructor(child: OwnedProcess, serialPath: string, control: LineReplies, debug: LineReplies) {
    this.child = child;
    this.serialPath = serialPath;
    this.control = control;
    this.debug = debug;
  }

  /** @throws StudioError `probe.qemu-failed` with what QEMU said */
  static async start(options: MachineOptions): Promise<QemuMachine> {
    const nowhere = Array.from({ length: options.serialIndex }, () => ['-serial', 'null']).flat();
    const child = await startProcess(
      options.qemu.path,
      [
        ...['-M', options.machine, '-nodefaults', '-display', 'none', '-S', ...nowhere, '-serial', 'pty'],
        // One instruction, one fixed step of virtual time: counts repeat exactly. Idle time is skipped.
        ...['-icount', `shift=${Math.log2(options.instructionNs)},align=off,sleep=off`],
        ...['-chardev', 'socket,id=control,fd=3', '-mon', 'chardev=control,mode=control'],
        ...['-chardev', 'socket,id=debug,fd=4', '-gdb', 'chardev:debug'],
      ],
      { env: options.qemu.environment, extraPipes: 2, ...(options.signal ? { signal: options.signal } : {}) },
    );
    const said = collect(child);
    try {
      const serialPath = await said.serialPath;
      // QEMU looks once a second whether anybody listens, so somebody does from the start, and between two sessions.
      const listener = await open(serialPath, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
      void child.ended.then(() => listener.close());
      const [controlPipe, debugPipe] = child.pipes as [Duplex, Duplex];
      const control = new LineReplies(controlPipe, readControlReply);
      // Acknowledgements are left out: the next packet stands for one, and any byte would stop a running machine.
      const debug = new LineReplies(debugPipe, readDebugReply);
      const machine = new QemuMachine(child, serialPath, control, debug);
      void child.ended.then(({ exitCode, signal }) => machine.lose(qemuEnded(said.text(), exitCode, signal)));
      await machine.command('qmp_capabilities');
      return machine;
    } catch (thrown) {
      await child.kill();
      throw thrown;
    }
  }

  private lose(error: StudioError): void {
    if (!this.closing) this.gone = error;
    this.control.end(error);
    this.debug.end(error);
  }

  private assertAlive(): void {
    if (this.gone !== null) throw this.gone;
    if (this.closing) throw closed();
  }

  private async command(execute: string): Promise<void> {
    this.assertAlive();
    const reply = await this.control.ask(`${JSON.stringify({ execute })}\n`, ANSWER_MS);
    const answer = JSON.parse(reply) as { error?: { desc: string } };
    if (answer.error !== undefined) throw refused(execute, answer.error.desc);
  }

  private packet(text: string): Promise<string> {
    this.assertAlive();
    const sum = [...text].reduce((total, letter) => (total + letter.charCodeAt(0)) & 255, 0);
    return this.debug.ask(`$${text}#${sum.toString(16).padStart(2, '0')}`, ANSWER_MS);
  }

  async stop(): Promise<void> {
    await this.command('stop');
    this.isRunning = false;
  }

  async continue(): Promise<void> {
    this.isRunning = true;
    await this.command('cont');
  }

  reset = (): Promise<void> => this.command('system_reset');

  /** The debugger's first byte would stop a running machine and be lost, so it is stopped before, and goes on after. */
  async whileStopped<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isRunning) return work();
    await this.stop();
    try {
      return await work();
    } finally {
      await this.continue();
    }
  }

  /** Reports bytes done; the machine must be stopped. */
  async write(address: number, bytes: Uint8Array, onDone: (bytes: number) => void = () => undefined): Promise<void> {
    for (let from = 0; from < bytes.length; from += LARGEST_PIECE) {
      const piece = bytes.subarray(from, from + LARGEST_PIECE);
      const at = (address + from).toString(16);
      const reply = await this.packet(`M${at},${piece.length.toString(16)}:${Buffer.from(piece).toString('hex')}`);
      if (reply !== 'OK') throw refused(`writing 0x${at}`, reply);
      onDone(from + piece.length);
    }
  }

  read = (address: number, count: number): Promise<Uint8Array> =>
    this.whileStopped(() => this.readStopped(address, count));

  private async readStopped(address: number, count: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < count; from += LARGEST_PIECE) {
      const length = Math.min(LARGEST_PIECE, count - from);
      const at = (address + from).toString(16);
      const reply = await this.packet(`m${at},${length.toString(16)}`);
      if (reply.length !== 2 * length) throw refused(`reading 0x${at}`, reply);
      pieces.push(Buffer.from(reply, 'hex'));
    }
    return Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    this.closing = true;
    this.lose(closed());
    await this.child.kill();
  }
}

/** QMP is JSON, one object a line; events and the greeting are no replies. */
function readControlReply(text: string): { reply: string | null; rest: string } | null {
  const end = text.indexOf('\n');
  if (end < 0) return null;
  const line = text.slice(0, end);
  const isReply = /^\s*\{\s*"(return|error|id)"/.test(line);
  return { reply: isReply ? line : null, rest: text.slice(end + 1) };
}

/** GDB's remote serial protocol: `$reply#sum`. Stop replies come unasked when the machine is stopped and say nothing here. */
function readDebugReply(text: string): { reply: string | null; rest: string } | null {
  const match = text.match(/\$([^#]*)#[0-9a-f]{2}/);
  if (match === null) return null;
  const reply = match[1] ?? '';
  return {
    reply: /^[TS][0-9a-f]{2}/.test(reply) ? null : reply,
    rest: text.slice((match.index ?? 0) + match[0].length),
  };
}

/** What QEMU prints: where its pseudo-terminal is, and what went wrong. */
function collect(child: OwnedProcess): { serialPath: Promise<string>; text: () => string } {
  let text = '';
  const serialPath = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(qemuEnded(text, null, null)), ANSWER_MS);
    const take = (bytes: Buffer): void => {
      text = (text + bytes.toString()).slice(-8000);
      const found = text.match(/char device redirected to (\S+) \(label/);
      if (found?.[1] !== undefined) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    void child.ended.then(({ exitCode, signal }) => {
      clearTimeout(timer);
      reject(qemuEnded(text, exitCode, signal));
    });
  });
  return { serialPath, text: () => text };
}

function qemuEnded(text: string, exitCode: number | null, signal: string | null): StudioError {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('char device'));
  const isLockup = /Lockup/.test(text);
  const first = lines[0]?.trim() ?? `exit code ${exitCode ?? 'none'}, signal ${signal ?? 'none'}`;
  return new StudioError({
    code: isLockup ? 'probe.lockup' : 'probe.qemu-failed',
    message: isLockup ? `The emulated core locked up: ${first}.` : `QEMU ended: ${first}.`,
    remedy: isLockup
      ? 'The firmware is at fault: build it again, and report it if it happens again.'
      : /unsupported machine type/.test(text)
        ? 'Take another virtual board, or a newer QEMU: B-L475E-IOT01A is in 9.0 and later (Debian 12: bookworm-backports).'
        : 'Run `mcunet doctor`; QEMU 7.2 or newer is needed.',
    details: { output: text.slice(-4000), exitCode, signal },
  });
}

const refused = (what: string, answer: string): StudioError =>
  new StudioError({
    code: 'probe.refused',
    message: `QEMU refused ${what}: ${answer || 'no reason given'}.`,
    remedy: 'Check that the image was built for this board.',
    details: { what, answer },
  });

const closed = (): StudioError =>
  new StudioError({
    code: 'probe.closed',
    message: 'The virtual board was switched off.',
    remedy: 'Open it again.',
  });
