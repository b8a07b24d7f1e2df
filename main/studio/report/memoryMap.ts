import type { BoardSummary, LinkedMemory, PlannedBuffer, PlannedMemory } from '../../contract/index.ts';
import { bytes, hexadecimal, integer } from './format.ts';
import { fold, html, section, table, type Markup } from './html.ts';

const size = { width: 960, left: 58, right: 14, top: 14, bottom: 40 };
const plotWidth = size.width - size.left - size.right;

const kinds: Readonly<Record<PlannedBuffer['kind'], { readonly name: string; readonly colour: string }>> = {
  input: { name: 'input', colour: 'var(--c5)' },
  output: { name: 'output', colour: 'var(--c4)' },
  activation: { name: 'activation', colour: 'var(--c0)' },
  ring: { name: 'ring of rows', colour: 'var(--c3)' },
  work: { name: 'work area', colour: 'var(--c1)' },
};

/** Where the planner put each value, and when: steps to the right, addresses upwards. */
export function plannedMemory(planned: PlannedMemory): Markup {
  const lead = html`The planner gives the model ${bytes(planned.sramBytes)} of SRAM, input and output included
  (${planned.plan}). Each block is a value: as wide as the time in which it is needed, as high as the bytes it takes.
  Rows that are dead are written over, so blocks may overlap.`;
  const present = [...new Set(planned.buffers.map(({ kind }) => kind))];
  return section('planned', 'Memory map, planned', lead, [
    html`<figure>
      ${map(planned)}
      <ul class="legend">
        ${present.map((kind) => html`<li><i style="background:${kinds[kind].colour}"></i>${kinds[kind].name}</li>`)}
      </ul>
    </figure>`,
    fold('The buffers as a table', bufferTable(planned)),
  ]);
}

function map({ steps, segments, buffers, sramBytes }: PlannedMemory): Markup {
  const height = 330;
  const plotHeight = height - size.top - size.bottom;
  const count = Math.max(1, steps, ...buffers.map(({ lastStep }) => lastStep + 1));
  const top = Math.max(1, sramBytes, ...buffers.map((buffer) => buffer.offset + buffer.bytes));
  const x = (step: number): number => size.left + (plotWidth * step) / count;
  const y = (address: number): number => size.top + plotHeight * (1 - address / top);
  const lines = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<line
          class="grid"
          x1="${size.left}"
          x2="${size.width - size.right}"
          y1="${y(top * share)}"
          y2="${y(top * share)}"
        />
        <text x="${size.left - 8}" y="${y(top * share) + 4}" text-anchor="end"
          >${bytes(Math.round(top * share))}</text
        >`,
  );
  const blocks = buffers
    .filter((buffer) => buffer.bytes > 0)
    .map((buffer) => {
      const [left, right] = [x(buffer.firstStep), x(buffer.lastStep + 1)];
      const [upper, lower] = [y(buffer.offset + buffer.bytes), y(buffer.offset)];
      const colour = kinds[buffer.kind].colour;
      const label = lower - upper > 12 && right - left > 8 * buffer.name.length;
      return html`<g>
        <title>
          ${buffer.name}: ${bytes(buffer.bytes)} at ${buffer.offset}, steps ${buffer.firstStep} to ${buffer.lastStep}
        </title>
        <rect
          x="${left.toFixed(1)}"
          y="${upper.toFixed(1)}"
          width="${Math.max(1, right - left - 1).toFixed(1)}"
          height="${Math.max(0.75, lower - upper - 0.5).toFixed(1)}"
          rx="2"
          fill="${colour}"
          fill-opacity="0.34"
          stroke="${colour}"
          stroke-width="1"
        />
        ${label ? html`<text class="inside" x="${left + 5}" y="${(upper + lower) / 2 + 4}">${buffer.name}</text>` : null}
      </g>`;
    });
  let labelledTo = 0;
  const marks = segments.map(({ name, firstStep, lastStep }, at) => {
    const left = x(firstStep);
    const free = left >= labelledTo;
    if (free) labelledTo = left + 16;
    return html`<g>
      <title>${name}: steps ${firstStep} to ${lastStep}</title>
      <line class="axis" x1="${left}" x2="${left}" y1="${height - size.bottom}" y2="${height - size.bottom + 5}" />
      ${free ? html`<text x="${left + 2}" y="${height - 22}">${at + 1}</text>` : null}
    </g>`;
  });
  const label = `Memory plan: ${buffers.length} buffers over ${count} steps, at most ${bytes(sramBytes)}.`;
  return html`<svg viewBox="0 0 ${size.width} ${height}" role="img" aria-label="${label}">
    ${lines}${blocks}${marks}
    <text x="${size.left + plotWidth / 2}" y="${height - 4}" text-anchor="middle">segment of the schedule</text>
  </svg>`;
}

function bufferTable({ buffers, segments }: PlannedMemory): Markup {
  const during = (step: number): string =>
    segments.find(({ firstStep, lastStep }) => step >= firstStep && step <= lastStep)?.name ?? String(step);
  return table(
    'Buffers of the plan',
    [
      { title: 'Buffer', cell: ({ name }) => name },
      { title: 'Kind', cell: ({ kind }) => kinds[kind].name },
      { title: 'Offset', cell: ({ offset }) => integer(offset), numeric: true },
      { title: 'Bytes', cell: (buffer) => integer(buffer.bytes), numeric: true },
      { title: 'Made during', cell: ({ firstStep }) => during(firstStep) },
      { title: 'Last read during', cell: ({ lastStep }) => during(lastStep) },
    ],
    buffers,
  );
}

const sectionColours = [
  'var(--c0)',
  'var(--c1)',
  'var(--c2)',
  'var(--c3)',
  'var(--c4)',
  'var(--c5)',
  'var(--c6)',
  'var(--c7)',
];

/** What the linker really used of each memory of the board. */
export function linkedMemory(linked: LinkedMemory, board: BoardSummary): Markup {
  const used = linked.regions.filter(({ usedBytes }) => usedBytes > 0);
  const bars = used.map((region) => {
    const uses = linked.uses.filter((entry) => entry.region === region.name && entry.bytes > 0);
    let left = 0;
    const pieces = uses.map((entry, at) => {
      const width = (size.width * entry.bytes) / region.sizeBytes;
      const piece = html`<rect
        x="${left.toFixed(2)}"
        y="0"
        width="${Math.max(0.6, width).toFixed(2)}"
        height="26"
        fill="${sectionColours[at % 8] ?? ''}"
        fill-opacity="0.75"
      >
        <title>${entry.name}: ${bytes(entry.bytes)}, ${entry.what}</title>
      </rect>`;
      left += width;
      return piece;
    });
    const share = region.usedBytes / region.sizeBytes;
    return html`<h3>
        ${region.name}
        <span class="muted"
          >${region.kind === 'flash' ? 'Flash' : 'RAM'} at ${hexadecimal(region.start)}: ${bytes(region.usedBytes)} of
          ${bytes(region.sizeBytes)}, ${(100 * share).toFixed(1)} %</span
        >
      </h3>
      <svg
        viewBox="0 0 ${size.width} 26"
        role="img"
        preserveAspectRatio="none"
        style="height:26px"
        aria-label="${region.name}: ${bytes(region.usedBytes)} of ${bytes(region.sizeBytes)} used"
      >
        <rect x="0" y="0" width="${size.width}" height="26" rx="5" fill="var(--line)" fill-opacity="0.6" />
        ${pieces}
      </svg>
      <ul class="legend">
        ${uses.map(
          (entry, at) =>
            html`<li>
              <i style="background:${sectionColours[at % 8] ?? ''}"></i>${entry.name} ${bytes(entry.bytes)}
              <span class="muted">${entry.what}</span>
            </li>`,
        )}
      </ul>`;
  });
  return section('linked', 'Memory map, linked', `What the linked image takes of the memories of ${board.name}.`, [
    bars,
    fold(
      'The sections as a table',
      table(
        'Sections of the image',
        [
          { title: 'Section', cell: ({ name }) => name },
          { title: 'What', cell: ({ what }) => what },
          { title: 'Region', cell: ({ region }) => region },
          { title: 'Address', cell: ({ address }) => hexadecimal(address), numeric: true },
          { title: 'Bytes', cell: (entry) => integer(entry.bytes), numeric: true },
        ],
        linked.sections,
      ),
    ),
  ]);
}
