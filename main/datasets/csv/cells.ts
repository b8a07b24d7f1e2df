/** Takes CSV apart (RFC 4180, and what spreadsheets and loggers make of it). */

/** In this order where two would do: a comma may well be a decimal point between semicolons. */
const separators = ['\t', ';', ','] as const;
export type Separator = (typeof separators)[number] | ' ';

/** The separator that cuts most of the first lines into equally many cells. */
export function guessSeparator(lines: readonly string[]): Separator {
  // Old collections of series (UCR's) are cut by runs of blanks.
  let best: Separator = ' ';
  let mostAgreeing = Math.floor(lines.length / 2);
  for (const separator of separators) {
    const agreeing = new Map<number, number>();
    for (const line of lines) {
      const count = splitLine(line, separator).length;
      if (count > 1) agreeing.set(count, (agreeing.get(count) ?? 0) + 1);
    }
    const most = Math.max(0, ...agreeing.values());
    if (most <= mostAgreeing) continue;
    best = separator;
    mostAgreeing = most;
  }
  return best;
}

/** The cells of one line, blanks around them and quotes taken away. */
export function splitLine(line: string, separator: Separator): string[] {
  if (separator === ' ') return line.trim().split(/\s+/);
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i];
    if (letter === '"' && quoted && line[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (letter === '"') quoted = !quoted;
    else if (letter === separator && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += letter;
  }
  cells.push(cell.trim());
  return cells;
}

/** A cell as a number, or NaN. Where `;` separates, a comma may be the decimal point. */
export function toNumber(cell: string, separator: Separator): number {
  if (cell === '') return NaN;
  const text = separator === ';' && /^[+-]?\d*,\d+(e[+-]?\d+)?$/i.test(cell) ? cell.replace(',', '.') : cell;
  // Number() also takes 0x10 and Infinity.
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** Lines of a text that hold something, with their numbers from 1, without a copy of the whole. */
export function* linesOf(text: string): Generator<readonly [number, string]> {
  let number = 0;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const line = text.slice(at, text[stop - 1] === '\r' ? stop - 1 : stop);
    number++;
    // A byte order mark is no part of the first name; UCR's newer files begin with lines of description.
    const clean = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (clean.trim() !== '' && !/^[#%@]/.test(clean)) yield [number, clean];
    at = stop + 1;
  }
}
