type Listener = (request: unknown) => void;

/** Keeps what the app is asked to open until the page listens: a start with a file is told before the page has loaded. */
export class OpenRequests {
  readonly #waiting: unknown[] = [];
  readonly #listeners = new Set<Listener>();

  push(request: unknown): void {
    if (this.#listeners.size === 0) this.#waiting.push(request);
    for (const listener of [...this.#listeners]) listener(request);
  }

  /** Gives what ends the listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    for (const request of this.#waiting.splice(0)) listener(request);
    return () => void this.#listeners.delete(listener);
  }
}
