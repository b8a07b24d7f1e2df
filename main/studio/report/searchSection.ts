import type { Candidate, Report, SearchSummary, SpaceSummary } from '../../contract/index.ts';
import { bytes, duration, integer, large, milliseconds, percent } from './format.ts';
import { fold, html, section, table, type Markup } from './html.ts';
import { ticks } from './ticks.ts';

const size = { width: 960, height: 300, left: 52, right: 24, top: 14, bottom: 36 };
const plotWidth = size.width - size.left - size.right;
const plotHeight = size.height - size.top - size.bottom;
/** What is around the outermost points, as a part of the axis. */
const MARGIN = 0.08;

/** How the network was found: the front, what was promised and came of it, the boards, and the spaces that there were. */
export function searchSection(report: Report, search: SearchSummary): Markup {
  const { chosenSpace, judged, generations, recommended, seconds, latency } = search;
  const lead = html`${integer(judged)} networks of the space <code>${chosenSpace}</code> were judged, in
    ${integer(generations)}
    ${generations === 1 ? 'generation' : 'generations'}${
      seconds === undefined
        ? null
        : html`; the space took ${duration(1000 * seconds.space)}, the supernet ${duration(1000 * seconds.supernet)},
          the choice ${duration(1000 * seconds.evolve)}`
    }.
    Taken was <code>${recommended.key}</code>. ${recommended.reason} ${latency.detail}`;
  return section('search', 'The search', lead, [
    search.front.length > 1 ? frontChart(search) : null,
    fold('The networks of the front as a table', frontTable(search.front)),
    promises(report, search),
    search.boards.length > 0 ? boards(search) : null,
    spacesChart(search),
    fold('All search spaces as a table', spaceTable(search)),
  ]);
}

interface Axis {
  readonly at: (value: number) => number;
  readonly ends: readonly [number, number];
}

/** An axis over some values, a little longer than they need. @param to pixels of its ends */
function axisOver(values: readonly number[], from: number, to: number): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = MARGIN * (high - low || Math.abs(high) || 1);
  const ends = [low - room, high + room] as const;
  return { ends, at: (value) => from + ((to - from) * (value - ends[0])) / (ends[1] - ends[0]) };
}

/** Accuracy over latency of the networks that none is better than in every respect. */
function frontChart({ front, recommended, limits }: SearchSummary): Markup {
  const limit = limits.latencyMs;
  const nearLimit = limit !== null && limit < 2 * Math.max(...front.map(({ latencyMs }) => latencyMs));
  const x = axisOver(
    [...front.map(({ latencyMs }) => latencyMs), ...(nearLimit ? [limit] : [])],
    size.left,
    size.left + plotWidth,
  );
  const y = axisOver(
    front.map(({ accuracy }) => accuracy),
    size.top + plotHeight,
    size.top,
  );
  const rows = ticks(...y.ends, 5).map(
    (value) =>
      html`<line class="grid" x1="${size.left}" x2="${size.left + plotWidth}" y1="${y.at(value)}" y2="${y.at(value)}" />
        <text x="${size.left - 8}" y="${y.at(value) + 4}" text-anchor="end">${percent(value)}</text>`,
  );
  const columns = ticks(...x.ends, 8)
    .filter((value) => value >= 0)
    .map(
      (value) =>
        html`<text x="${x.at(value)}" y="${size.height - 18}" text-anchor="middle">${milliseconds(value)}</text>`,
    );
  const points = front.map((candidate) => {
    const [cx, cy] = [x.at(candidate.latencyMs).toFixed(1), y.at(candidate.accuracy).toFixed(1)];
    const isTaken = candidate.key === recommended.key;
    return html`<circle cx="${cx}" cy="${cy}" r="${isTaken ? 7 : 4}" fill="${isTaken ? 'var(--c1)' : 'var(--c0)'}">
      <title>${candidate.key}: ${percent(candidate.accuracy)}, ${milliseconds(candidate.latencyMs)}</title>
    </circle>`;
  });
  const taken = front.find(({ key }) => key === recommended.key);
  const label =
    `${front.length} networks, accuracy over foretold latency` +
    (taken === undefined
      ? '.'
      : `; the one that was taken has ${percent(taken.accuracy)} at ${milliseconds(taken.latencyMs)}.`);
  return html`<figure>
    <svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${label}">
      ${rows}${columns}
      <text x="${size.left + plotWidth / 2}" y="${size.height}" text-anchor="middle">latency, foretold</text>
      ${
        nearLimit
          ? html`<line
                class="limit"
                x1="${x.at(limit)}"
                x2="${x.at(limit)}"
                y1="${size.top}"
                y2="${size.top + plotHeight}"
              />
              <text x="${x.at(limit) - 6}" y="${size.top + 12}" text-anchor="end">limit</text>`
          : null
      }
      ${points}
    </svg>
    <ul class="legend">
      <li><i style="background:var(--c1)"></i>taken</li>
      <li><i style="background:var(--c0)"></i>the others of the front</li>
    </ul>
    <figcaption>Accuracies are of validation samples, before the last training: ${judgedSaid(front)}.</figcaption>
  </figure>`;
}

/** How the front's accuracies were found out. */
function judgedSaid(front: readonly Candidate[]): string {
  const passes = new Set(front.map(({ passesAlone }) => passesAlone));
  const [only] = passes;
  if (passes.size > 1) return 'some with inherited weights, some after a short training alone';
  return only === undefined
    ? 'with the weights that networks inherit from the supernet'
    : `after ${only.toFixed(1)} passes over the training split alone`;
}

const frontTable = (front: readonly Candidate[]): Markup =>
  table(
    'The front: no other network is better in every respect',
    [
      { title: 'Network', cell: ({ key }) => html`<code>${key}</code>` },
      { title: 'Accuracy', cell: ({ accuracy }) => percent(accuracy), numeric: true },
      { title: 'Latency, foretold', cell: ({ latencyMs }) => milliseconds(latencyMs), numeric: true },
      { title: 'SRAM', cell: ({ sramBytes }) => bytes(Math.round(sramBytes)), numeric: true },
      { title: 'Flash', cell: ({ flashBytes }) => bytes(Math.round(flashBytes)), numeric: true },
      {
        title: 'Energy',
        cell: ({ energyMicrojoules }) => (energyMicrojoules === null ? '–' : `${energyMicrojoules.toFixed(0)} µJ`),
        numeric: true,
      },
    ],
    front.toSorted((a, b) => b.accuracy - a.accuracy),
  );

/** What the search promised of the network beside what came of it. */
function promises(
  { evaluation, profile, planned, linked }: Report,
  { promised, limits, beyond }: SearchSummary,
): Markup {
  const flash = linked.regions
    .filter(({ kind }) => kind === 'flash')
    .reduce((sum, region) => sum + region.usedBytes, 0);
  const orDash = (value: number | null | undefined, show: (value: number) => string): string =>
    value === null || value === undefined ? '–' : show(value);
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['Accuracy', percent(promised.accuracy), orDash(evaluation?.accuracy, percent), '–'],
    [
      profile?.estimated === false ? 'Latency' : 'Latency, estimated',
      milliseconds(promised.latencyMs),
      orDash(profile?.latencyMs, milliseconds),
      orDash(limits.latencyMs, milliseconds),
    ],
    ['SRAM', bytes(Math.round(promised.sramBytes)), bytes(planned.sramBytes), orDash(limits.sramBytes, bytes)],
    [
      'Flash',
      bytes(Math.round(promised.flashBytes)),
      `${bytes(flash)}, firmware and all`,
      orDash(limits.flashBytes, bytes),
    ],
  ];
  return html`${table(
    'What the search promised, and what came of it after the last training',
    [
      { title: 'Figure', cell: ([name]) => name },
      { title: 'Promised', cell: ([, before]) => before, numeric: true },
      { title: 'Came out', cell: ([, , after]) => after, numeric: true },
      { title: 'Limit', cell: ([, , , most]) => most, numeric: true },
    ],
    rows,
  )}${
    beyond === undefined
      ? null
      : html`<p class="lead">
          With its trained weights the network cannot keep a limit of memory: ${beyond} It was built with what the board
          has.
        </p>`
  }`;
}

const boards = ({ boards: all }: SearchSummary): Markup =>
  table(
    'One supernet, specialised for each board',
    [
      { title: 'Board', cell: ({ boardName }) => boardName },
      { title: 'MACs', cell: ({ macs }) => large(macs), numeric: true },
      { title: 'Parameters', cell: ({ parameters }) => large(parameters), numeric: true },
      { title: 'SRAM', cell: ({ sramBytes }) => bytes(sramBytes), numeric: true },
      { title: 'Flash, linked', cell: ({ flashBytes }) => bytes(flashBytes), numeric: true },
      { title: 'Latency, foretold', cell: ({ promised }) => milliseconds(promised.latencyMs), numeric: true },
      {
        title: 'Latency',
        cell: ({ latencyMs, latencyEstimated }) =>
          latencyMs === null
            ? 'not plugged in'
            : `${milliseconds(latencyMs)}${latencyEstimated === true ? ', estimated' : ''}`,
        numeric: true,
      },
      {
        title: 'int8 accuracy',
        cell: ({ int8Accuracy }) => (int8Accuracy === null ? '–' : percent(int8Accuracy)),
        numeric: true,
      },
      { title: 'Why', cell: ({ reason }) => reason },
    ],
    all,
  );

/** Spaces that the chart shows, those with the largest means. */
const MOST_SPACES = 12;
const row = { height: 22, left: 130, right: 60, width: 960 };

/** What the networks that fit can make use of, in the spaces that came nearest: the chosen one has the largest mean. */
function spacesChart({ spaces, chosenSpace }: SearchSummary): Markup | null {
  const shown = spaces
    .filter(({ fitting, macsDeciles }) => fitting > 0 && macsDeciles.length > 0)
    .toSorted((a, b) => b.meanFlops - a.meanFlops)
    .slice(0, MOST_SPACES);
  if (shown.length < 2) return null;
  const most = Math.max(...shown.flatMap(({ macsDeciles }) => macsDeciles));
  const x = (macs: number): number => row.left + ((row.width - row.left - row.right) * macs) / most;
  const height = row.height * shown.length + 30;
  const bars = shown.map(({ name, macsDeciles, meanFlops }, at) => {
    const y = row.height * (at + 0.5);
    const colour = name === chosenSpace ? 'var(--c1)' : 'var(--c0)';
    const [low, high] = [macsDeciles[0], macsDeciles.at(-1) ?? macsDeciles[0]];
    return html`<text
        class="${name === chosenSpace ? 'strong' : ''}"
        x="${row.left - 10}"
        y="${y + 4}"
        text-anchor="end"
      >
        ${name}
      </text>
      <line
        x1="${x(low).toFixed(1)}"
        x2="${x(high).toFixed(1)}"
        y1="${y}"
        y2="${y}"
        stroke="${colour}"
        stroke-width="5"
        opacity="0.35"
      />
      <circle cx="${x(meanFlops / 2).toFixed(1)}" cy="${y}" r="5" fill="${colour}">
        <title>${name}: ${large(meanFlops / 2)} MACs on average</title>
      </circle>`;
  });
  const scale = ticks(0, most, 6).map(
    (macs) =>
      html`<line class="grid" x1="${x(macs)}" x2="${x(macs)}" y1="0" y2="${height - 26}" />
        <text x="${x(macs)}" y="${height - 10}" text-anchor="middle">${macs === 0 ? '0' : large(macs)}</text>`,
  );
  const label = `Multiply-accumulates of networks that fit, in ${shown.length} spaces; ${chosenSpace} was taken.`;
  return html`<h3>The space</h3>
    <figure>
      <svg viewBox="0 0 ${row.width} ${height}" role="img" aria-label="${label}">${scale}${bars}</svg>
      <figcaption>
        Multiply-accumulates of the sampled networks that fit: their mean, and from the lowest to the highest tenth. The
        space with the largest mean of those of which enough networks fit is taken.
      </figcaption>
    </figure>`;
}

/** The middle of nine deciles. */
const MEDIAN = 4;

/** Of each space what its networks that fit can make use of: the chosen one has the largest mean. */
const spaceTable = ({ spaces, chosenSpace }: SearchSummary): Markup =>
  table(
    'Search spaces: multiply-accumulates of the sampled networks that fit',
    [
      {
        title: 'Space',
        cell: ({ name }: SpaceSummary) => html`<code>${name}</code>${name === chosenSpace ? ' (taken)' : ''}`,
      },
      { title: 'Sampled', cell: ({ sampled }) => integer(sampled), numeric: true },
      { title: 'Fit', cell: ({ fitting }) => integer(fitting), numeric: true },
      { title: 'Mean', cell: ({ meanFlops, fitting }) => (fitting === 0 ? '–' : large(meanFlops / 2)), numeric: true },
      ...[['Lowest tenth up to', 0] as const, ['Median', MEDIAN] as const, ['Highest tenth from', 8] as const].map(
        ([title, at]) => ({
          title,
          cell: ({ macsDeciles, fitting }: SpaceSummary) => (fitting === 0 ? '–' : large(macsDeciles[at] ?? 0)),
          numeric: true,
        }),
      ),
    ],
    spaces.toSorted((a, b) => b.meanFlops - a.meanFlops),
  );
