import { SerialPort } from 'serialport';
import { StudioError } from '../contract/index.ts';
import type { ByteStream } from './byteStream.ts';

/** A serial port's buffer may be smaller than what a pseudo-terminal takes at once without stalling. */
const LARGEST_WRITE = 16 << 10;

/** A program that is just ending may hold a port's lock a moment longer: tried so often, so many milliseconds apart. */
const LOCK_TRIES = 5;
const LOCK_PAUSE_MS = 200;

async function openPatiently(port: SerialPort, path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const error = await new Promise<Error | null>((resolve) => port.open(resolve));
    if (error === null) return;
    if (attempt === LOCK_TRIES || !/cannot lock port/i.test(error.message)) throw openFailed(path, error);
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS));
  }
}

/**
 * Opens a serial port or pseudo-terminal, 8N1 without flow control.
 * @throws StudioError `link.port-missing`, `link.port-busy`, `link.port-forbidden`, `link.port-failed`
 */
export async function openSerialStream(path: string, baudRate: number): Promise<ByteStream> {
  // hupcl off: closing must not drop DTR, which resets some boards.
  const port = new SerialPort({ path, baudRate, autoOpen: false, hupcl: false });
  await openPatiently(port, path);
  let closedFor: Error | null | undefined;
  const dataListeners = new Set<(bytes: Uint8Array) => void>();
  const closeListeners = new Set<(reason: Error | null) => void>();
  const end = (reason: Error | null): void => {
    if (closedFor !== undefined) return;
    closedFor = reason;
    dataListeners.clear();
    for (const listener of closeListeners) listener(reason);
    closeListeners.clear();
  };
  port.on('data', (bytes: Buffer) => {
    for (const listener of dataListeners) listener(bytes);
  });
  port.on('close', (error: Error | null) => end(error ?? null));
  // What matters of it arrives as `close`, or as the rejection of a write.
  port.on('error', () => undefined);

  const writePiece = (piece: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      port.write(piece, (error) => (error ? reject(gone(path, error)) : resolve()));
    });

  return {
    async write(bytes) {
      for (let from = 0; from < bytes.length; from += LARGEST_WRITE) {
        if (closedFor !== undefined) throw gone(path, closedFor);
        await writePiece(bytes.subarray(from, from + LARGEST_WRITE));
      }
    },
    onData(listener) {
      dataListeners.add(listener);
      return () => dataListeners.delete(listener);
    },
    onClose(listener) {
      if (closedFor !== undefined) queueMicrotask(() => listener(closedFor ?? null));
      else closeListeners.add(listener);
      return () => closeListeners.delete(listener);
    },
    setBaudRate: (rate) =>
      new Promise((resolve, reject) => {
        port.update({ baudRate: rate }, (error) => (error ? reject(gone(path, error)) : resolve()));
      }),
    close: () =>
      new Promise((resolve) => {
        const finish = (): void => {
          end(null);
          resolve();
        };
        if (port.isOpen) port.close(finish);
        else finish();
      }),
  };
}

function openFailed(path: string, cause: Error): StudioError {
  const text = cause.message;
  const [code, why, remedy] = /no such file|cannot find/i.test(text)
    ? ['link.port-missing', 'there is no such port', 'Plug the board in, or choose another port.']
    : /lock|busy|access denied/i.test(text)
      ? ['link.port-busy', 'another program has it open', 'Close the other program that uses the port.']
      : /permission/i.test(text)
        ? [
            'link.port-forbidden',
            'you may not open it',
            'Add your user to the group that owns the port (Debian: dialout), then log in again.',
          ]
        : ['link.port-failed', text, 'Unplug the board, plug it in again, and retry.'];
  return new StudioError({
    code: code ?? 'link.port-failed',
    message: `The serial port ${path} cannot be opened: ${why}.`,
    remedy: remedy ?? '',
    details: { path, answer: text },
    cause,
  });
}

const gone = (path: string, cause: Error | null): StudioError =>
  new StudioError({
    code: 'link.closed',
    message: `The connection to ${path} is closed${cause === null ? '' : `: ${cause.message}`}.`,
    remedy: 'Plug the board in again and reconnect.',
    details: { path },
    cause,
  });
