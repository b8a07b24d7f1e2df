import type { StepRecord } from '../../contract/index.ts';

type Stage = StepRecord['stages'][number];

/** Stages that a step may have; whoever reports a new one for every item of its work is not followed any further. */
const most = 12;

/** When each stage of a step began and ended, from its progress. A stage ends when another begins. */
export class Stages {
  readonly #now: () => number;
  #stages: Stage[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @returns whether this begins a stage that was not entered before */
  enter(name: string): boolean {
    if (this.#stages.at(-1)?.name === name || this.#stages.length >= most) return false;
    // Parts that take turns (layer by layer, board by board) are one stage each, not hundreds.
    if (this.#stages.some((stage) => stage.name === name)) return false;
    this.#stages = [...this.end(), { name, startedAt: this.#now(), finishedAt: null }];
    return true;
  }

  list(): Stage[] {
    return this.#stages;
  }

  /** The stages when the step is through. */
  end(): Stage[] {
    const finishedAt = this.#now();
    return this.#stages.map((stage) => ({ ...stage, finishedAt: stage.finishedAt ?? finishedAt }));
  }
}
