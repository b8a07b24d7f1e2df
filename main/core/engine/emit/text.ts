/** Text of generated C: numbers, comments, constant arrays. */
import { packConstants, type Packable } from '../kernels/packing.ts';

/** A name from a model file, as it may stand in a C comment: printable ASCII, and no end of a comment. */
export function inComment(text: string): string {
  return text
    .replace(/[^\x20-\x7e]/g, '_')
    .replaceAll('??', '__') // No trigraphs: one of them is a backslash.
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replaceAll('\\', '/')
    .slice(0, 120);
}

/** 12345678 → 12,345,678. */
export function grouped(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

const WORDS_A_LINE = 10;

/** The values as the words of a C array's initialiser. */
export function wordsOf(values: Packable): string {
  const bytes = packConstants([values]);
  const view = new DataView(bytes.buffer);
  const lines: string[] = [];
  for (let start = 0; start < bytes.length; start += 4 * WORDS_A_LINE) {
    const words: string[] = [];
    for (let offset = start; offset < Math.min(bytes.length, start + 4 * WORDS_A_LINE); offset += 4) {
      words.push(`0x${view.getUint32(offset, true).toString(16)}`);
    }
    lines.push(`  ${words.join(',')},`);
  }
  return lines.join('\n');
}

/** Numbers as lines of an initialiser. */
export function numbersOf(values: readonly number[], perLine = 24): string {
  const lines: string[] = [];
  for (let start = 0; start < values.length; start += perLine) {
    lines.push(`  ${values.slice(start, start + perLine).join(', ')},`);
  }
  return lines.join('\n');
}

const WIDTH = 120;

/** Lines of C that are longer than that, on several: comments, and code at its commas and operators. */
export function withinWidth(code: string): string {
  return code
    .split('\n')
    .map((line) => {
      if (line.length <= WIDTH || line.startsWith('#')) return line;
      const [indent = ''] = /^\s*/.exec(line) ?? [];
      if (/^\s*\/\*.*\*\/$/.test(line)) return brokenAfter(line, [' '], `${indent}   `);
      return /["\\]|\/\*/.test(line) ? line : brokenAfter(line, [', ', ' + ', ' && '], `${indent}    `);
    })
    .join('\n');
}

/** Broken after the last of the separators that fits, again and again. */
function brokenAfter(line: string, separators: readonly string[], indent: string): string {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > WIDTH) {
    const place = Math.max(...separators.map((each) => rest.lastIndexOf(each, WIDTH - each.length) + each.length));
    if (place <= indent.length + 3) break;
    lines.push(rest.slice(0, place).trimEnd());
    rest = indent + rest.slice(place);
  }
  return [...lines, rest].join('\n');
}
