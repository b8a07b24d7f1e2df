import type { Agreement, Evaluation, ShownSample } from '../../contract/index.ts';
import { integer, percent } from './format.ts';
import { html, section, type Markup } from './html.ts';

/** What the board answered, class by class. */
export function confusionMatrix(evaluation: Evaluation): Markup {
  const { classes, confusion, samples, correct, accuracy, agreement } = evaluation;
  const lead = html`${integer(samples)} samples of the ${evaluation.split} split ran on the board; it named
  ${integer(correct)} (${percent(accuracy)}) right. ${agreementBadge(agreement)}`;
  const rows = classes.map((name, label) => {
    const counts = confusion[label] ?? [];
    const total = counts.reduce((sum, count) => sum + count, 0);
    return html`<tr>
      <th scope="row">${name}</th>
      ${classes.map((_, predicted) => cell(counts[predicted] ?? 0, total, label === predicted))}
      <td class="muted" style="background:none">${total === 0 ? '–' : percent((counts[label] ?? 0) / total, 0)}</td>
    </tr>`;
  });
  const head = classes.map((name) => html`<th scope="col" class="c"><span>${name}</span></th>`);
  return section(
    'confusion',
    'Confusion matrix on the board',
    lead,
    html`<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix">
      <table class="confusion">
        <caption>
          Rows: what the sample is. Columns: what the board said. The last column: the share of a row that is right.
        </caption>
        <thead>
          <tr>
            <td></td>
            ${head}
            <th scope="col" class="c"><span>right</span></th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`,
  );
}

function cell(count: number, total: number, right: boolean): Markup {
  if (count === 0) return html`<td class="zero">0</td>`;
  const share = Math.max(0.12, 0.75 * (count / Math.max(1, total)));
  const colour = right ? 'var(--good)' : 'var(--bad)';
  const weight = right ? share : Math.min(0.75, share + 0.15);
  return html`<td style="background:color-mix(in srgb, ${colour} ${Math.round(weight * 100)}%, transparent)">
    ${count}
  </td>`;
}

/** Whether the board and the reference interpreter said the same, in every byte. */
export function agreementBadge({ compared, equal }: Agreement): Markup | null {
  if (compared === 0) return null;
  return equal === compared
    ? html`<span class="badge good"
        >equal to the reference interpreter in every byte, ${integer(equal)} of ${integer(compared)}</span
      >`
    : html`<span class="badge bad"
        >differs from the reference interpreter on ${integer(compared - equal)} of ${integer(compared)}</span
      >`;
}

/** Some samples, with what the board said about them. */
export function shownSamples({ shown, classes }: Evaluation): Markup | null {
  const pictured = shown.filter(({ png }) => png !== null);
  if (pictured.length === 0) return null;
  return section(
    'samples',
    'What the board saw, and said',
    'A few of the test samples, in the resolution that the network sees; some of those that it named wrong come first.',
    html`<ul class="samples">
      ${pictured.map((sample) => picture(sample, classes))}
    </ul>`,
  );
}

function picture({ png, label, predicted, score }: ShownSample, classes: readonly string[]): Markup {
  const right = label === predicted;
  const said = classes[predicted] ?? `class ${predicted}`;
  const is = classes[label] ?? `class ${label}`;
  return html`<li class="${right ? 'right' : 'wrong'}">
    <img src="data:image/png;base64,${png}" alt="Sample of ${is}; the board said ${said}" />
    <strong class="${right ? 'good-text' : 'bad-text'}">${right ? '✓' : '✗'} ${said}</strong>
    <span class="muted">${percent(score, 0)}${right ? '' : `, is ${is}`}</span>
  </li>`;
}
