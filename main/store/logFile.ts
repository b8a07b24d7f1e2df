import { closeSync, existsSync, fsyncSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { logLineSchema, type LogLine } from '../contract/index.ts';
import { writeFailed } from './atomic.ts';

/**
 * A log of one JSON document a line, only ever appended to. A kill can cut the last line short: a reader leaves such a
 * line out, and the next writer starts on a fresh one.
 */
export class LogFile {
  readonly #descriptor: number;
  readonly file: string;

  constructor(file: string) {
    this.file = file;
    try {
      const torn = existsSync(file) && !endsWithNewline(file);
      this.#descriptor = openSync(file, 'a');
      if (torn) writeSync(this.#descriptor, '\n');
    } catch (error) {
      throw writeFailed(file, error);
    }
  }

  append(line: LogLine): void {
    try {
      writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
    } catch (error) {
      throw writeFailed(this.file, error);
    }
  }

  /** Puts what was appended onto the disk. */
  flush(): void {
    fsyncSync(this.#descriptor);
  }

  close(): void {
    try {
      fsyncSync(this.#descriptor);
    } finally {
      closeSync(this.#descriptor);
    }
  }
}

/** The lines from the `from`th on that are whole, and where to go on reading. */
export function readLog(file: string, from: number): { lines: LogLine[]; next: number } {
  if (!existsSync(file)) return { lines: [], next: from };
  const texts = readFileSync(file, 'utf8').split('\n');
  texts.pop();
  const lines: LogLine[] = [];
  for (const text of texts.slice(from)) {
    const line = parse(text);
    if (line !== null) lines.push(line);
  }
  return { lines, next: Math.max(from, texts.length) };
}

function parse(text: string): LogLine | null {
  try {
    return logLineSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function endsWithNewline(file: string): boolean {
  const { size } = statSync(file);
  if (size === 0) return true;
  const descriptor = openSync(file, 'r');
  try {
    const last = Buffer.alloc(1);
    readSync(descriptor, last, 0, 1, size - 1);
    return last[0] === 0x0a;
  } finally {
    closeSync(descriptor);
  }
}
