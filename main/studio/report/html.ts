/** Small pieces of HTML and SVG. Text is escaped here and nowhere else. */

/** Markup that is safe to put into a page as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Piece = Markup | string | number | null | false | readonly Piece[];

/** A template whose values are escaped unless they are markup themselves; null and false leave nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Markup {
  return new Markup(strings.reduce((text, string, at) => text + render(values[at - 1] ?? null) + string));
}

function render(value: Piece): string {
  if (value === null || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(render).join('');
  return escapeHtml(String(value));
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export interface Column<R> {
  readonly title: string;
  readonly cell: (row: R, index: number) => Piece;
  readonly numeric?: boolean;
}

/** A table that screen readers can walk: a caption, column headers, the first column as row headers. */
export function table<R>(caption: string, columns: readonly Column<R>[], rows: readonly R[]): Markup {
  const head = columns.map(
    ({ title, numeric }) => html`<th scope="col" class="${numeric ? 'number' : ''}">${title}</th>`,
  );
  const body = rows.map(
    (row, index) =>
      html`<tr>
        ${columns.map(({ cell, numeric }, at) =>
          at === 0
            ? html`<th scope="row" class="${numeric ? 'number' : ''}">${cell(row, index)}</th>`
            : html`<td class="${numeric ? 'number' : ''}">${cell(row, index)}</td>`,
        )}
      </tr>`,
  );
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head}
        </tr>
      </thead>
      <tbody>
        ${body}
      </tbody>
    </table>
  </div>`;
}

/** A chart's numbers, folded away behind it. */
export const fold = (title: string, content: Markup): Markup =>
  html`<details>
    <summary>${title}</summary>
    ${content}
  </details>`;

export const section = (id: string, title: string, lead: Piece, content: Piece): Markup =>
  html`<section id="${id}" aria-labelledby="${id}-title">
    <h2 id="${id}-title">${title}</h2>
    ${lead === null ? null : html`<p class="lead">${lead}</p>`} ${content}
  </section>`;
