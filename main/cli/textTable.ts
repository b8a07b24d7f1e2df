/** Columns of text under their titles. Numbers are set to the right. */
export function textTable(titles: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = rows.map((row) => row.map((cell) => (cell === null ? '–' : String(cell))));
  const numeric = titles.map((_, at) => rows.length > 0 && rows.every((row) => isNumber(row[at] ?? null)));
  const widths = titles.map((title, at) => Math.max(title.length, ...cells.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(titles), line(widths.map((width) => '─'.repeat(width))), ...cells.map(line)].join('\n');
}

const isNumber = (cell: string | number | null): boolean =>
  cell === null || typeof cell === 'number' || /^[−-]?[\d\s.,]+( ?(%|B|KiB|MiB|ms|µs|s|MHz|M|k))?$/.test(cell);
