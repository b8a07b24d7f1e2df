import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import type { Console } from '../console.ts';
import type { ProgressLine } from '../progressLine.ts';

export interface Session {
  readonly console: Console;
  readonly progress: ProgressLine;
}

/** Does a command's work and writes its answer. */
export type Finish = (work: () => Promise<Answer>) => Promise<void>;

/** Puts one command onto the program. */
export type AddCommand = (program: Command, session: Session, finish: Finish) => void;

/** What every command has. */
export const withJson = (command: Command): Command =>
  command.option('--json', 'one JSON document on standard output; progress and logs go to standard error');
