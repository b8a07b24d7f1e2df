import { StudioError } from '../../contract/index.ts';
import { findBoard } from '../../boards/index.ts';

/** Real boards that somebody is doing something with, outside of any job: one thing at a time on each. */
export class ByHand {
  readonly #going = new Map<string, Promise<unknown>>();

  /**
   * Does something with a board. Of virtual boards there is always another.
   *
   * @throws StudioError `board.in-use` where something is being done with it already
   */
  async with<T>(boardId: string, work: () => Promise<T>): Promise<T> {
    const { name, virtual } = findBoard(boardId);
    if (virtual) return work();
    if (this.#going.has(boardId))
      throw new StudioError({
        code: 'board.in-use',
        message: `${name} is in use: it is being written to, unlocked or measured by hand.`,
        remedy: 'Wait until that has ended.',
        details: { boardId },
      });
    const going = work();
    this.#going.set(boardId, going);
    try {
      return await going;
    } finally {
      this.#going.delete(boardId);
    }
  }

  /** Waits until nothing is being done with any of these boards, or the signal aborts. How that ends is told to whoever began it. */
  async ended(boardIds: readonly string[], signal: AbortSignal): Promise<void> {
    const going = boardIds.flatMap((id) => this.#going.get(id) ?? []);
    if (going.length === 0) return;
    const settled = Promise.allSettled(going);
    await new Promise<void>((resolve) => {
      void settled.then(() => resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
  }
}
