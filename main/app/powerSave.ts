import type { PowerSaveBlocker } from 'electron';

/** Keeps the computer awake while jobs run, and only then. */
export class Wakefulness {
  readonly #blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>;
  #id: number | null = null;

  constructor(blocker: Pick<PowerSaveBlocker, 'start' | 'stop'>) {
    this.#blocker = blocker;
  }

  /** @param running jobs that run now */
  update(running: number): void {
    if (running > 0 && this.#id === null) this.#id = this.#blocker.start('prevent-app-suspension');
    if (running === 0 && this.#id !== null) {
      this.#blocker.stop(this.#id);
      this.#id = null;
    }
  }
}
