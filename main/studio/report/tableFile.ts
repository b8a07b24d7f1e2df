import type { Exported, TableFormat } from '../../contract/index.ts';
import { html, table as htmlTable } from './html.ts';
import { page } from './page.ts';

export type TableValue = string | number | boolean | null;

export interface TableColumn {
  /** The name of the field in JSON and CSV, with its unit: `latencyMs`. */
  readonly key: string;
  readonly title: string;
  /** How a number is shown to people; JSON and CSV keep it as it is. */
  readonly format?: (value: number) => string;
}

/** Rows to take away. */
export interface Table {
  readonly title: string;
  /** What must be said beside the figures: what is estimated, what was published by others. */
  readonly notes: readonly string[];
  readonly columns: readonly TableColumn[];
  /** A value for each column. */
  readonly rows: readonly (readonly TableValue[])[];
}

const mediaTypes: Readonly<Record<TableFormat, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  md: 'text/markdown',
  html: 'text/html',
};

/** A table as a file. @param name of the file, without its ending */
export function tableFile(table: Table, format: TableFormat, name = 'table'): Exported {
  const write = { csv: toCsv, json: toJson, md: toMarkdown, html: toHtml }[format];
  return { file: `${name}.${format}`, mediaType: mediaTypes[format], text: write(table) };
}

/** RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
function toCsv({ columns, rows }: Table): string {
  const cell = (value: TableValue): string => {
    if (value === null) return '';
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(({ key }) => key), ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function toJson({ title, notes, columns, rows }: Table): string {
  const objects = rows.map((row) => Object.fromEntries(columns.map(({ key }, at) => [key, row[at] ?? null])));
  return `${JSON.stringify({ title, notes, rows: objects }, null, 2)}\n`;
}

function toMarkdown({ title, notes, columns, rows }: Table): string {
  const cell = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replace(/\s+/g, ' ');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [
    `# ${title.replace(/\s+/g, ' ')}`,
    '',
    line(columns.map((column) => column.title)),
    `|${columns.map(({ format }) => (format === undefined ? '---' : '---:')).join('|')}|`,
    ...rows.map((row) => line(shown(columns, row))),
    '',
    ...notes.flatMap((note) => [note, '']),
  ].join('\n');
}

/** One page with nothing from outside. */
function toHtml({ title, notes, columns, rows }: Table): string {
  const texts = rows.map((row) => shown(columns, row));
  const described = columns.map((column, at) => ({
    title: column.title,
    cell: (row: readonly string[]) => row[at] ?? '',
    numeric: column.format !== undefined,
  }));
  return page(
    title,
    html`
      <header>
        <div class="brand">MCUNet Studio</div>
        <h1>${title}</h1>
      </header>
      <main>
        <section>${htmlTable(title, described, texts)} ${notes.map((note) => html`<p>${note}</p>`)}</section>
      </main>
    `,
  );
}

const shown = (columns: readonly TableColumn[], row: readonly TableValue[]): string[] =>
  columns.map(({ format }, at) => {
    const value = row[at] ?? null;
    if (value === null) return '–';
    return typeof value === 'number' && format !== undefined ? format(value) : String(value);
  });
