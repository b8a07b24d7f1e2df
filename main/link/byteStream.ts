/**
 * A duplex stream of bytes to a board: a serial port, a pseudo-terminal, or a test's pair. Guarantees: bytes arrive in
 * the order they were written; none is invented; some may be lost or changed (the frames above detect it).
 */
export interface ByteStream {
  /** Resolves when the bytes were handed to the operating system; rejects with a `StudioError` once closed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Calls back with each piece that arrives, until unsubscribed. */
  onData(listener: (bytes: Uint8Array) => void): () => void;
  /** Calls back once, with null after `close()` and with the reason when the other side went away. */
  onClose(listener: (reason: Error | null) => void): () => void;
  /** Sets the rate of our end; absent where the stream has none. */
  setBaudRate?(baudRate: number): Promise<void>;
  /** Idempotent. Nothing is delivered after it resolves. */
  close(): Promise<void>;
}
