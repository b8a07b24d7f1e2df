import type { CurvePoint, TrainingSummary } from '../../contract/index.ts';
import { duration, integer, large, percent } from './format.ts';
import { fold, html, section, table, type Markup } from './html.ts';
import { ticks } from './ticks.ts';

const size = { width: 960, height: 300, left: 46, right: 14, top: 12, bottom: 34 };
const plotWidth = size.width - size.left - size.right;
const plotHeight = size.height - size.top - size.bottom;

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
  readonly of: (point: CurvePoint) => number | null;
}

const lines: readonly Line[] = [
  { name: 'validation', colour: 'var(--c0)', dashed: false, of: (point) => point.validationAccuracy },
  { name: 'training (augmented)', colour: 'var(--c1)', dashed: true, of: (point) => point.trainAccuracy },
];

/** Accuracy over the epochs, and what int8 kept of it. */
export function learningCurve(training: TrainingSummary): Markup {
  const { curve, compared } = training;
  const lead = html`${Number(training.epochs.toFixed(1))} epochs of <code>${training.dataset}</code> in
    ${duration(training.elapsedMs)} on ${training.workers} ${training.workers === 1 ? 'worker' : 'workers'}
    (${training.backend} backend): ${training.architecture}, ${large(training.parameters)} parameters,
    ${large(training.macs)} MACs.
    ${
      compared === null
        ? null
        : html`On ${integer(compared.samples)} test samples ${percent(compared.floatAccuracy)} in float and
          ${percent(compared.int8Accuracy)} in int8.`
    }`;
  return section('training', 'Learning curve', lead, [
    curve.length < 2 ? null : chart(curve),
    fold('The epochs as a table', epochTable(curve)),
  ]);
}

function chart(curve: readonly CurvePoint[]): Markup {
  const values = curve.flatMap((point) => lines.map((line) => line.of(point))).filter((value) => value !== null);
  const lowest = Math.min(1, ...values);
  const bottom = Math.max(0, Math.floor(lowest * 10) / 10);
  const lastEpoch = curve.at(-1)?.epoch ?? 1;
  const x = (epoch: number): number => size.left + (plotWidth * epoch) / lastEpoch;
  const y = (value: number): number => size.top + plotHeight * (1 - (value - bottom) / (1 - bottom || 1));
  const rows = ticks(bottom, 1, 5).map(
    (value) =>
      html`<line class="grid" x1="${size.left}" x2="${size.width - size.right}" y1="${y(value)}" y2="${y(value)}" />
        <text x="${size.left - 8}" y="${y(value) + 4}" text-anchor="end">${percent(value, 0)}</text>`,
  );
  const columns = ticks(0, lastEpoch, 8)
    .filter((epoch) => epoch > 0)
    .map(
      (epoch) =>
        html`<text x="${x(epoch)}" y="${size.height - 14}" text-anchor="middle">${Number(epoch.toFixed(1))}</text>`,
    );
  const drawn = lines.map((line) => {
    const points = curve
      .map((point) => [point.epoch, line.of(point)] as const)
      .filter((point): point is readonly [number, number] => point[1] !== null)
      .map(([epoch, value]) => `${x(epoch).toFixed(1)},${y(value).toFixed(1)}`);
    return html`<polyline
      points="${points.join(' ')}"
      fill="none"
      stroke="${line.colour}"
      stroke-width="2.2"
      stroke-linejoin="round"
      stroke-dasharray="${line.dashed ? '5 4' : 'none'}"
    />`;
  });
  const best = curve.reduce((a, b) => ((b.validationAccuracy ?? 0) > (a.validationAccuracy ?? 0) ? b : a));
  const bestAt = best.validationAccuracy ?? 0;
  const label = `Accuracy over ${lastEpoch} epochs; validation is best at epoch ${best.epoch} with ${percent(bestAt)}.`;
  return html`<figure>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
      ${rows}${columns}
      <text x="${size.left + plotWidth / 2}" y="${size.height}" text-anchor="middle">epoch</text>
      ${drawn}
      <circle cx="${x(best.epoch)}" cy="${y(bestAt)}" r="4" fill="var(--c0)" />
      <text class="strong" x="${x(best.epoch) - 8}" y="${y(bestAt) + 18}" text-anchor="end">
        best ${percent(bestAt)}
      </text>
    </svg>
    <ul class="legend">
      ${lines.map(({ name, colour }) => html`<li><i style="background:${colour}"></i>${name} accuracy</li>`)}
    </ul>
  </figure>`;
}

function epochTable(curve: readonly CurvePoint[]): Markup {
  const orDash = (value: number | null, show: (value: number) => string): string =>
    value === null ? '–' : show(value);
  return table(
    'Training, epoch by epoch',
    [
      { title: 'Epoch', cell: (point) => Number(point.epoch.toFixed(2)), numeric: true },
      { title: 'Training loss', cell: (point) => point.trainLoss.toFixed(4), numeric: true },
      { title: 'Training accuracy', cell: (point) => orDash(point.trainAccuracy, percent), numeric: true },
      {
        title: 'Validation loss',
        cell: (point) => orDash(point.validationLoss, (value) => value.toFixed(4)),
        numeric: true,
      },
      { title: 'Validation accuracy', cell: (point) => orDash(point.validationAccuracy, percent), numeric: true },
      { title: 'Learning rate', cell: (point) => point.learningRate.toPrecision(3), numeric: true },
      { title: 'Time', cell: (point) => duration(point.elapsedMs), numeric: true },
    ],
    curve,
  );
}
