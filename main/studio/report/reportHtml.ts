import type { ModelInfo, Report } from '../../contract/index.ts';
import { confusionMatrix, shownSamples } from './confusion.ts';
import { bytes, duration, integer, large, milliseconds, percent, shape } from './format.ts';
import { fold, html, Markup, section, table } from './html.ts';
import { layerBars } from './layerBars.ts';
import { learningCurve } from './learningCurve.ts';
import { linkedMemory, plannedMemory } from './memoryMap.ts';
import { page } from './page.ts';
import { searchSection } from './searchSection.ts';

/**
 * The report of a run as one HTML file: no script, nothing from outside, readable on paper and by a screen reader.
 */
export function reportHtml(report: Report): string {
  const { board, model } = report;
  const made = new Date(report.createdAt).toISOString().replace('T', ' ').slice(0, 16);
  const parts = [
    report.evaluation && shownSamples(report.evaluation),
    report.search && searchSection(report, report.search),
    report.training && learningCurve(report.training),
    report.evaluation && confusionMatrix(report.evaluation),
    report.profile && layerBars(report.profile),
    plannedMemory(report.planned),
    linkedMemory(report.linked, board),
    modelSection(model),
    stepsSection(report),
    environmentSection(report),
  ];
  return page(
    report.title,
    html`
      <header>
        <div class="brand">MCUNet Studio</div>
        <h1>${report.title}</h1>
        <p class="subtitle">
          ${model.name} on ${board.name} (${board.mcu}, ${board.core}, ${(board.clockHz / 1e6).toFixed(0)} MHz)
          ${board.virtual ? html`<span class="badge estimate">virtual board: counted instructions, estimated times</span>` : null}
          <br />${made} UTC, run <code>${report.runId}</code>
        </p>
        ${tiles(report)}
      </header>
      <main>${parts}</main>
      <footer>
        <p>
          Made by MCUNet Studio ${report.environment['MCUNet Studio'] ?? ''} on this machine, offline. The same figures
          as data stand beside this file in <code>report.json</code>.
        </p>
      </footer>
    `,
  );
}

function tiles({ evaluation, profile, planned, linked, training, model, agreement }: Report): Markup {
  const flash = linked.regions.filter(({ kind }) => kind === 'flash');
  const ram = linked.regions.filter(({ kind }) => kind === 'ram');
  const used = (regions: typeof flash): number => regions.reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  const sizeOf = (regions: typeof flash): number => regions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const compared = evaluation?.agreement ?? agreement;
  const floatAccuracy = training?.floatAccuracy ?? null;
  const latencyMs = profile?.latencyMs ?? null;
  const tile = (title: string, value: string, note: Markup | string | null): Markup =>
    html`<div class="tile">
      <dt>${title}</dt>
      <dd><span class="value">${value}</span>${note === null ? null : html`<span class="note">${note}</span>`}</dd>
    </div>`;
  return html`<dl class="tiles">
    ${[
      evaluation &&
        tile(
          'Accuracy on the board',
          percent(evaluation.accuracy, 1),
          floatAccuracy === null ? `${integer(evaluation.samples)} samples` : `float: ${percent(floatAccuracy)}`,
        ),
      latencyMs !== null &&
        profile !== null &&
        tile(
          profile.estimated ? 'Latency, estimated' : 'Latency',
          milliseconds(latencyMs),
          profile.instructions === null ? null : `${large(profile.instructions)} instructions, counted`,
        ),
      tile(
        'SRAM of the model',
        bytes(planned.sramBytes),
        `planned; ${bytes(used(ram))} of ${bytes(sizeOf(ram))} linked`,
      ),
      tile('Flash of the image', bytes(used(flash)), `of ${bytes(sizeOf(flash))}`),
      tile('Work', `${large(model.macs)}`, `MACs; ${large(model.parameters)} parameters`),
      compared !== null &&
        compared.compared > 0 &&
        tile(
          'Exactness',
          percent(compared.equal / compared.compared, compared.equal === compared.compared ? 0 : 2),
          `${integer(compared.equal)} of ${integer(compared.compared)} answers equal the interpreter’s in every byte`,
        ),
    ].filter((entry) => entry instanceof Markup)}
  </dl>`;
}

function modelSection(model: ModelInfo): Markup {
  const ends = [
    ...model.inputs.map((end) => ['Input', end] as const),
    ...model.outputs.map((end) => ['Output', end] as const),
  ];
  return section(
    'model',
    'Model',
    html`${integer(model.operators.length)} operators, ${integer(model.macs)} multiply-accumulates,
      ${integer(model.parameters)} parameters in ${bytes(model.weightBytes)}. SHA-256 <code>${model.sha256}</code>`,
    [
      table(
        'Inputs and outputs',
        [
          { title: 'End', cell: ([end]) => end },
          { title: 'Name', cell: ([, tensor]) => tensor.name },
          { title: 'Shape', cell: ([, tensor]) => shape(tensor.shape) },
          { title: 'Type', cell: ([, tensor]) => tensor.type },
          { title: 'Scale', cell: ([, tensor]) => tensor.scale?.toPrecision(6) ?? '–', numeric: true },
          { title: 'Zero point', cell: ([, tensor]) => tensor.zeroPoint ?? '–', numeric: true },
        ],
        ends,
      ),
      fold(
        'The operators as a table',
        table(
          'Operators of the model',
          [
            { title: '#', cell: ({ index }) => index + 1, numeric: true },
            { title: 'Operator', cell: ({ kind }) => kind },
            { title: 'Name', cell: ({ name }) => name },
            { title: 'Output', cell: ({ outputShapes }) => outputShapes.map(shape).join(', ') },
            { title: 'MACs', cell: ({ macs }) => integer(macs), numeric: true },
            { title: 'Parameters', cell: ({ parameters }) => integer(parameters), numeric: true },
          ],
          model.operators,
        ),
      ),
    ],
  );
}

function stepsSection({ steps }: Report): Markup {
  const time = (started: number | null, finished: number | null): string =>
    started === null || finished === null ? '–' : duration(finished - started);
  return section(
    'steps',
    'How it was made',
    null,
    table(
      'Steps of the run',
      [
        { title: 'Step', cell: ({ title }) => title },
        { title: 'State', cell: ({ state, reused }) => (reused ? 'taken from before' : state) },
        { title: 'Time', cell: ({ startedAt, finishedAt }) => time(startedAt, finishedAt), numeric: true },
      ],
      steps,
    ),
  );
}

function environmentSection({ environment }: Report): Markup {
  return section(
    'environment',
    'With what',
    null,
    table(
      'Versions and hashes of what took part',
      [
        { title: 'What', cell: ([name]) => name },
        { title: 'Version', cell: ([, version]) => html`<code>${version}</code>` },
      ],
      Object.entries(environment),
    ),
  );
}
