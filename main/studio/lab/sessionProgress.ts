import type { JobEvent } from '../../contract/index.ts';
import type { StepContext } from '../jobs/index.ts';

/** Where a session stands, from what its cells tell: so many cells, each of so many steps. */
export class SessionProgress {
  readonly #count: number;
  readonly #now: () => number;
  /** How long the cells took that were done on this trip. */
  readonly #took: number[] = [];
  #finished = 0;
  #startedAt: number | null = null;

  constructor(count: number, now: () => number = Date.now) {
    this.#count = count;
    this.#now = now;
  }

  /** A cell is through, done now or taken from before. */
  finished(): void {
    this.#finished++;
    if (this.#startedAt !== null) this.#took.push(this.#now() - this.#startedAt);
    this.#startedAt = null;
  }

  /** Passes on what a cell's own job tells, as progress of the session. */
  of(title: string, { onProgress, log }: Pick<StepContext, 'onProgress' | 'log'>): (event: JobEvent) => void {
    this.#startedAt = this.#now();
    const seen = { title: '', done: 0, all: 5 };
    const report = (doing: string, within: number): void => {
      const share = Math.min(1, (seen.done + within) / Math.max(seen.all, seen.done + 1));
      onProgress({
        stage: `cell ${Math.min(this.#finished + 1, this.#count)} of ${this.#count}`,
        done: this.#finished + share,
        total: this.#count,
        remainingMs: this.#remaining(),
        note: `${title}: ${doing}`,
      });
    };
    return (event) => {
      // That a step began is told as progress.
      if (event.type === 'log' && event.line.step !== null && event.line.message !== seen.title)
        log(`${title}: ${event.line.message}`, event.line.level);
      if (event.type === 'progress') {
        const { stage, done, total } = event.progress;
        report(stage, total === null || total <= 0 ? 0 : Math.min(1, done / total));
      }
      if (event.type !== 'step') return;
      seen.title = event.step.title;
      if (event.step.state === 'running') report(event.step.title, 0);
      if (event.step.state === 'done') seen.done++;
    };
  }

  /** At the mean of the cells so far; null before there is one. */
  #remaining(): number | null {
    if (this.#took.length === 0 || this.#startedAt === null) return null;
    const mean = this.#took.reduce((sum, ms) => sum + ms, 0) / this.#took.length;
    const current = Math.max(0, mean - (this.#now() - this.#startedAt));
    return current + mean * Math.max(0, this.#count - this.#finished - 1);
  }
}
