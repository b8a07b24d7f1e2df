import type { LayerProfile, Profile } from '../../contract/index.ts';
import { integer, large, milliseconds, shape } from './format.ts';
import { html, section, fold, table, type Markup } from './html.ts';

const rowHeight = 19;
const size = { width: 960, left: 215, right: 130 };

/** Where the time goes: one bar a layer, with what was counted and what is estimated kept apart. */
export function layerBars(profile: Profile): Markup {
  const estimate = profile.estimated ? html`<span class="badge estimate">estimated</span> ` : null;
  const latency =
    profile.latencyMs === null ? null : html`${estimate}${milliseconds(profile.latencyMs)} for one inference. `;
  const lead = html`${latency}${profile.method}
  ${profile.instructions === null ? null : html` One inference is ${integer(profile.instructions)} instructions.`}`;
  return section('latency', 'Latency per layer', lead, [
    profile.layers.length === 0 ? null : chart(profile),
    fold('The layers as a table', layerTable(profile)),
  ]);
}

const costOf = (layer: LayerProfile): number => layer.cycles ?? layer.instructions ?? 0;

function chart({ layers, estimated, cycles }: Profile): Markup {
  const most = Math.max(1, ...layers.map(costOf));
  const total = layers.reduce((sum, layer) => sum + costOf(layer), 0);
  const height = layers.length * rowHeight + 6;
  const barWidth = size.width - size.left - size.right;
  const rows = layers.map((layer, at) => {
    const top = at * rowHeight;
    const cost = costOf(layer);
    const width = (barWidth * cost) / most;
    const share = total === 0 ? 0 : cost / total;
    return html`<g>
      <title>${layer.name}: ${integer(cost)} ${cycles === null ? 'instructions' : 'cycles'}</title>
      <text x="${size.left - 10}" y="${top + 13}" text-anchor="end">${shorten(layer.name)}</text>
      <rect
        x="${size.left}"
        y="${top + 2}"
        width="${Math.max(0.8, width).toFixed(1)}"
        height="${rowHeight - 5}"
        rx="3"
        fill="${colourOf(layer.kind)}"
        fill-opacity="0.8"
      />
      <text class="strong" x="${size.left + width + 6}" y="${top + 13}"
        >${large(cost)}<tspan class="muted" dx="6" fill="var(--muted)" font-weight="400"
          >${(100 * share).toFixed(1)} %</tspan
        ></text
      >
    </g>`;
  });
  const unit = cycles === null ? 'instructions' : estimated ? 'estimated cycles' : 'cycles';
  const present = [...new Set(layers.map(({ kind }) => kind))];
  return html`<figure>
    <svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="Cost of ${layers.length} layers in ${unit}.">
      ${rows}
    </svg>
    <ul class="legend">
      ${present.map((kind) => html`<li><i style="background:${colourOf(kind)}"></i>${kind}</li>`)}
    </ul>
    <figcaption>Bars: ${unit}. Percentages: share of the whole inference.</figcaption>
  </figure>`;
}

function colourOf(kind: string): string {
  if (kind.startsWith('depthwise')) return 'var(--c1)';
  if (kind.startsWith('conv')) return 'var(--c0)';
  if (kind === 'fully_connected') return 'var(--c2)';
  if (kind.includes('pool') || kind === 'mean') return 'var(--c3)';
  if (kind === 'add' || kind === 'sub' || kind === 'mul') return 'var(--c5)';
  return 'var(--c7)';
}

const shorten = (name: string): string => (name.length <= 32 ? name : `…${name.slice(-31)}`);

function layerTable({ layers, estimated, cycles }: Profile): Markup {
  const orDash = (value: number | null, show: (value: number) => string): string =>
    value === null ? '–' : show(value);
  const estimatedWord = estimated ? ' (estimated)' : '';
  return table(
    'Layers as the board ran them',
    [
      { title: '#', cell: ({ index }) => index + 1, numeric: true },
      { title: 'Layer', cell: ({ name }) => name },
      { title: 'Operator', cell: ({ kind }) => kind },
      { title: 'Output', cell: ({ outputShape }) => shape(outputShape) },
      { title: 'MACs', cell: ({ macs }) => integer(macs), numeric: true },
      { title: 'Instructions', cell: ({ instructions }) => orDash(instructions, integer), numeric: true },
      { title: `Cycles${estimatedWord}`, cell: (layer) => orDash(layer.cycles, integer), numeric: true },
      {
        title: `Time${estimatedWord}`,
        cell: ({ microseconds }) => orDash(microseconds, (us) => milliseconds(us / 1000)),
        numeric: true,
      },
      {
        title: cycles === null ? 'Instructions per MAC' : 'Cycles per MAC',
        cell: (layer) => (layer.macs === 0 ? '–' : (costOf(layer) / layer.macs).toFixed(2)),
        numeric: true,
      },
    ],
    layers,
  );
}
