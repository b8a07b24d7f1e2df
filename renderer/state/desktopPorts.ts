import type { PortLike } from '../../main/contract/index.ts';

/** The name of the window message that carries a port, as the preload script posts it. */
const PORT_MESSAGE = 'studio:port';

interface PortMessage {
  readonly source: unknown;
  readonly data: unknown;
  readonly ports: readonly PortLike[];
}

/** The part of a window through which ports come. */
export interface PortWindow {
  addEventListener(type: 'message', listener: (event: PortMessage) => void): void;
}

/** The ports to the service that the desktop app sends to its page: asked for, or because it started the service again. */
export class DesktopPorts {
  readonly #asking: ((port: PortLike) => void)[] = [];
  readonly #listeners = new Set<(port: PortLike) => void>();

  constructor(page: PortWindow) {
    page.addEventListener('message', ({ source, data, ports: [port] }) => {
      if (source !== page || data !== PORT_MESSAGE) return;
      const asked = this.#asking.shift();
      if (asked !== undefined) asked(port);
      else for (const listener of this.#listeners) listener(port);
    });
  }

  /** @param request asks the app, whose port then comes as a message */
  ask(request: () => Promise<void>): Promise<PortLike> {
    return new Promise((resolve, reject) => {
      this.#asking.push(resolve);
      request().catch((error: unknown) => {
        this.#asking.splice(this.#asking.indexOf(resolve), 1);
        reject(error as Error);
      });
    });
  }

  /** Calls back with each port for which nobody asked. */
  onUnasked(listener: (port: PortLike) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
