/** Ends a subscription. Calling it twice is the same as once. */
export type Dispose = () => void;

/**
 * Carries messages between two processes, or between two ends in one. Guarantees: messages arrive whole, in order and
 * at most once; none arrives before the first listener is there; after `close` none arrives and `send` does nothing.
 * What arrives is not trusted: whoever listens validates it.
 */
export interface MessageTransport {
  /** The message is plain data: objects, arrays, strings, numbers, booleans, null, Uint8Array. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): Dispose;
  /** Calls back once, when either side closed. */
  onClose(listener: () => void): Dispose;
  close(): void;
}

/** The part of a transport that every implementation needs: listeners, and messages kept until the first one is there. */
export class Inbox {
  readonly #listeners = new Set<(message: unknown) => void>();
  readonly #closeListeners = new Set<() => void>();
  #waiting: unknown[] = [];
  #closed = false;

  get closed(): boolean {
    return this.#closed;
  }

  deliver(message: unknown): void {
    if (this.#closed) return;
    if (this.#listeners.size === 0) this.#waiting.push(message);
    else for (const listener of [...this.#listeners]) listener(message);
  }

  onMessage(listener: (message: unknown) => void): Dispose {
    this.#listeners.add(listener);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) listener(message);
    return () => this.#listeners.delete(listener);
  }

  onClose(listener: () => void): Dispose {
    if (this.#closed) {
      listener();
      return () => undefined;
    }
    this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    const listeners = [...this.#closeListeners];
    this.#closeListeners.clear();
    for (const listener of listeners) listener();
  }
}

/** Two ends in one process. Messages are copied and delivered asynchronously, as between processes. */
export function memoryPair(): readonly [MessageTransport, MessageTransport] {
  const inboxes = [new Inbox(), new Inbox()] as const;
  const end = (own: Inbox, other: Inbox): MessageTransport => ({
    send(message) {
      if (own.closed) return;
      const copy: unknown = structuredClone(message);
      queueMicrotask(() => other.deliver(copy));
    },
    onMessage: (listener) => own.onMessage(listener),
    onClose: (listener) => own.onClose(listener),
    close() {
      // The other side still reads what was sent before.
      own.close();
      queueMicrotask(() => other.close());
    },
  });
  return [end(inboxes[0], inboxes[1]), end(inboxes[1], inboxes[0])];
}

/** The structural part of a `MessagePort` (Electron's, a worker's or a browser's) that a transport needs. */
export interface PortLike {
  postMessage(message: unknown): void;
  addEventListener(type: 'message' | 'close', listener: (event: { data?: unknown }) => void): void;
  start?(): void;
  close(): void;
}

/** A transport over a `MessagePort`. */
export function portTransport(port: PortLike): MessageTransport {
  const inbox = new Inbox();
  port.addEventListener('message', (event) => inbox.deliver(event.data));
  port.addEventListener('close', () => inbox.close());
  port.start?.();
  return {
    send(message) {
      if (!inbox.closed) port.postMessage(message);
    },
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    close() {
      port.close();
      inbox.close();
    },
  };
}
