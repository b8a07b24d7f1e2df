import type { Progress } from '../contract/index.ts';
import { paint, type Console } from './console.ts';

const redrawMs = 100;
const sparseMs = 15_000;
const barWidth = 24;

/** A span of time as a clock shows it: `0:48`, `12:05`, `1:02:07`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** `training  ██████░░░░  54 %  1:20 left  epoch 3` */
export function progressText({ stage, done, total, remainingMs, note }: Progress, bar: boolean): string {
  const share = total === null || total <= 0 ? null : Math.min(1, Math.max(0, done / total));
  const filled = share === null ? 0 : Math.round(share * barWidth);
  const parts = [
    stage,
    bar && share !== null ? '█'.repeat(filled) + '░'.repeat(barWidth - filled) : null,
    share === null ? (done > 0 ? String(Math.round(done)) : null) : `${Math.floor(share * 100)} %`,
    remainingMs === null ? null : `${clock(remainingMs)} left`,
    note ?? null,
  ];
  return parts.filter((part) => part !== null && part !== '').join('  ');
}

/**
 * Shows long work: one line that is drawn again on a terminal; elsewhere a line when a stage begins and then every
 * quarter of a minute, so that a log stays readable.
 */
export class ProgressLine {
  readonly #console: Console;
  readonly #now: () => number;
  #stage: string | null = null;
  #shownAt = 0;
  #drawn = false;

  constructor(console: Console, now: () => number = Date.now) {
    this.#console = console;
    this.#now = now;
  }

  readonly report = (progress: Progress): void => {
    const now = this.#now();
    const fresh = progress.stage !== this.#stage;
    const wait = this.#console.terminal ? redrawMs : sparseMs;
    if (!fresh && now - this.#shownAt < wait) return;
    this.#stage = progress.stage;
    this.#shownAt = now;
    const text = `  ${progressText(progress, this.#console.terminal)}`;
    if (!this.#console.terminal) return this.#console.err(`${text}\n`);
    const columns = Math.max(20, this.#console.columns() - 1);
    this.#console.err(`\r\u001b[2K${paint(this.#console, 'dim', [...text].slice(0, columns).join(''))}`);
    this.#drawn = true;
  };

  /** Writes a line that stays, above the one that is drawn again. */
  readonly say = (line: string): void => {
    this.clear();
    this.#console.err(`${line}\n`);
  };

  clear(): void {
    if (this.#drawn) this.#console.err('\r\u001b[2K');
    this.#drawn = false;
    this.#stage = null;
  }
}
