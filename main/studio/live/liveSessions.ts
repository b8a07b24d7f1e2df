import { StudioError, type LiveFrame, type LiveInfo, type LiveResult, type LiveStatus } from '../../contract/index.ts';
import type { LongCall } from '../../contract/index.ts';
import { finishedBuild } from './finishedBuild.ts';
import { closed, LiveSession, type LiveOptions } from './liveSession.ts';

/** So many boards are fed at once; an emulator takes a processor of this machine. */
const mostSessions = 4;
/** A session that nobody asks and nobody listens to for so long is forgotten by whoever started it. */
const idleMs = 60_000;

interface Kept {
  readonly session: LiveSession;
  listeners: number;
  timer: NodeJS.Timeout | null;
}

/** The live sessions of a service, by id. What a client leaves behind ends by itself. */
export class LiveSessions {
  readonly #kept = new Map<string, Kept>();
  readonly #idleMs: number;
  #starting = 0;

  constructor(idle = idleMs) {
    this.#idleMs = idle;
  }

  /** @throws StudioError `live.too-many`, and what `LiveSession.start` throws */
  async start(folder: string, options: LiveOptions, call: LongCall): Promise<LiveInfo> {
    if (this.#kept.size + this.#starting >= mostSessions) throw tooMany();
    this.#starting++;
    try {
      const session = await LiveSession.start(finishedBuild(folder), options, call);
      const kept: Kept = { session, listeners: 0, timer: null };
      this.#kept.set(session.info.liveId, kept);
      this.#touch(kept);
      return session.info;
    } finally {
      this.#starting--;
    }
  }

  async infer(liveId: string, frame: LiveFrame): Promise<LiveResult> {
    const kept = this.#find(liveId);
    this.#touch(kept);
    try {
      return await kept.session.infer(frame);
    } finally {
      this.#touch(kept);
    }
  }

  async stop(liveId: string): Promise<void> {
    await this.#end(this.#find(liveId), null);
  }

  listen(liveId: string, emit: (status: LiveStatus) => void): () => void {
    const kept = this.#find(liveId);
    kept.listeners++;
    this.#touch(kept);
    const forget = kept.session.onStatus(emit);
    emit(kept.session.status);
    let listening = true;
    return () => {
      if (!listening) return;
      listening = false;
      forget();
      kept.listeners--;
      this.#touch(kept);
    };
  }

  /** A job needs that board: whoever watches it is told so. Of virtual boards there is always another. */
  async releaseReal(boardId: string | undefined): Promise<void> {
    const held = [...this.#kept.values()].filter(({ session: { info } }) => info.boardId === boardId && !info.virtual);
    await Promise.all(held.map((kept) => this.#end(kept, boardNeeded())));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#kept.values()].map((kept) => this.#end(kept, null)));
  }

  #find(liveId: string): Kept {
    const kept = this.#kept.get(liveId);
    if (kept === undefined) throw closed();
    return kept;
  }

  #touch(kept: Kept): void {
    if (kept.timer !== null) clearTimeout(kept.timer);
    kept.timer = null;
    if (kept.listeners > 0 || !this.#kept.has(kept.session.info.liveId)) return;
    kept.timer = setTimeout(() => void this.#end(kept, null), this.#idleMs);
    kept.timer.unref();
  }

  async #end(kept: Kept, why: StudioError | null): Promise<void> {
    this.#kept.delete(kept.session.info.liveId);
    if (kept.timer !== null) clearTimeout(kept.timer);
    await kept.session.close(why);
  }
}

const tooMany = (): StudioError =>
  new StudioError({
    code: 'live.too-many',
    message: `${mostSessions} boards are being shown frames already.`,
    remedy: 'Stop one of them first.',
  });

const boardNeeded = (): StudioError =>
  new StudioError({
    code: 'live.board-needed',
    message: 'A job needs this board, so it is no longer shown frames.',
    remedy: 'Start the live view again when the job has ended.',
  });
