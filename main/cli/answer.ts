import { toErrorReport, type ErrorReport } from '../contract/index.ts';
import { paint, type Console } from './console.ts';

/** What a command found: a JSON document, and how people read it. */
export interface Answer {
  readonly json: unknown;
  readonly text: string;
  /** Whether the command did what it was asked; false ends with a non-zero exit though there is an answer. */
  readonly ok?: boolean;
  /** Whether everything was told on the way already. */
  readonly silent?: boolean;
}

/** Writes the answer, and says with which code to exit. */
export function writeAnswer(
  console: Console,
  json: boolean,
  { json: document, text, ok = true, silent = false }: Answer,
): number {
  if (silent) return 0;
  console.out(json ? `${JSON.stringify(document, null, 2)}\n` : text === '' ? '' : `${text.trimEnd()}\n`);
  return ok ? 0 : 1;
}

/** Writes what went wrong: as JSON on standard output, or in words. Exit 130 for what was stopped by Ctrl-C. */
export function writeFailure(console: Console, json: boolean, thrown: unknown): number {
  const report = stopped(console) ?? toErrorReport(thrown);
  if (json) console.out(`${JSON.stringify({ error: report }, null, 2)}\n`);
  else console.err(describeError(console, report));
  return console.signal.aborted ? 130 : 1;
}

function stopped(console: Console): ErrorReport | null {
  if (!console.signal.aborted) return null;
  return {
    code: 'cancelled',
    message: 'Stopped by Ctrl-C.',
    remedy: 'Give the same command again to go on: what was finished is kept where a folder was named.',
    details: {},
  };
}

/** An error for people: what, what to do, and the name under which the help has it. */
export function describeError(
  console: Pick<Console, 'colour'>,
  { code, message, remedy, details }: ErrorReport,
): string {
  const lines = [
    `${paint(console, 'red', '✗')} ${paint(console, 'bold', message)}`,
    `  ${paint(console, 'cyan', '→')} ${remedy}`,
    `  ${paint(console, 'dim', code)}`,
  ];
  if (code === 'internal' && typeof details['stack'] === 'string') lines.push(paint(console, 'dim', details['stack']));
  return `${lines.join('\n')}\n`;
}
