import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Candidate, type Specialised, type JobParams, type Report } from '../../contract/index.ts';
import { doJob, format, readReport, runJob } from '../../studio/index.ts';
import type { Answer } from '../answer.ts';
import { jobView } from '../jobView.ts';
import { textTable } from '../textTable.ts';
import type { Session } from './command.ts';

/** Does a job, shows it as it goes, and answers with its report. */
export async function jobAnswer(session: Session, params: JobParams, out: string | undefined): Promise<Answer> {
  const { folder, record } = await runJob(doJob, params, {
    out,
    signal: session.console.signal,
    onEvent: jobView(session),
  });
  const file = join(folder, 'report.json');
  const report = readReport(readFileSync(file), file);
  const files = Object.fromEntries(record.artefacts.map(({ name, file }) => [name, join(folder, file)]));
  return { json: { folder, figures: record.figures, files, ...report }, text: summary(report, folder) };
}

/** One network for each board; ~ where nothing but an estimate is known. */
function boardTable(boards: readonly Specialised[]): string[] {
  if (boards.length === 0) return [];
  const percent = (value: number | null): string => (value === null ? '–' : format.percent(value, 2));
  const rows = boards.map(({ promised, ...line }) => [
    line.boardName,
    percent(line.int8Accuracy),
    percent(line.boardAccuracy),
    format.bytes(line.sramBytes),
    format.bytes(line.flashBytes),
    line.latencyMs === null || line.latencyEstimated === true
      ? `~${format.milliseconds(line.latencyMs ?? promised.latencyMs)}`
      : format.milliseconds(line.latencyMs),
    `${format.large(line.macs)} MACs`,
  ]);
  const titles = ['board', 'int8', 'on the board', 'SRAM', 'Flash', 'latency', 'network'];
  const shared = boards.filter(({ why }) => why?.code === 'of-another-board');
  return ['', textTable(titles, rows), ...shared.map(({ boardName, reason }) => `${boardName}: ${reason}`)];
}

/** Said with what it is: an estimate from the power in the board's file. */
const energyOf = ({ energyMicrojoules }: Candidate): string =>
  energyMicrojoules === null ? '' : `, ${(energyMicrojoules / 1000).toFixed(2)} mJ (the board file's power × time)`;

/** The figures that matter, and where the rest is. */
function summary(report: Report, folder: string): string {
  const { planned, linked, profile, evaluation, training, board, model, search } = report;
  const region = (kind: 'flash' | 'ram'): string =>
    linked.regions
      .filter((entry) => entry.kind === kind)
      .map(({ name, usedBytes, sizeBytes }) => `${format.bytes(usedBytes)} of ${format.bytes(sizeBytes)} ${name}`)
      .join(', ');
  const agreement = evaluation?.agreement ?? report.agreement;
  const rows: [string, string | null][] = [
    ['model', `${model.name}, ${format.large(model.macs)} MACs, ${format.large(model.parameters)} parameters`],
    ['board', `${board.name}${board.virtual ? ' (virtual)' : ''}`],
    [
      'accuracy, float',
      training === null || training.floatAccuracy === null
        ? null
        : `${format.percent(training.floatAccuracy, 2)} of ${format.integer(training.testSamples)} test samples`,
    ],
    [
      'accuracy, int8',
      training?.compared
        ? `${format.percent(training.compared.int8Accuracy, 2)} of ${format.integer(training.compared.samples)}, where float has ${format.percent(training.compared.floatAccuracy, 2)}`
        : null,
    ],
    [
      'accuracy, board',
      evaluation === null
        ? null
        : `${format.percent(evaluation.accuracy, 2)} of ${format.integer(evaluation.samples)} ${evaluation.split} samples`,
    ],
    [
      'exactness',
      agreement === null || agreement.compared === 0
        ? null
        : `${format.integer(agreement.equal)} of ${format.integer(agreement.compared)} answers equal the interpreter’s in every byte`,
    ],
    [
      'latency',
      profile === null
        ? null
        : `${profile.latencyMs === null ? '–' : format.milliseconds(profile.latencyMs)}${profile.estimated ? ' (estimated)' : ''}${profile.instructions === null ? '' : `, ${format.integer(profile.instructions)} instructions (counted)`}`,
    ],
    [
      'promised',
      search === null
        ? null
        : `${format.milliseconds(search.promised.latencyMs)}, ${format.bytes(search.promised.sramBytes)} of SRAM${energyOf(search.promised)}. ${search.latency.detail}`,
    ],
    ['limits', search?.beyond === undefined ? null : `not kept: ${search.beyond}`],
    ['SRAM planned', `${format.bytes(planned.sramBytes)}, ${planned.plan}`],
    ['SRAM linked', region('ram')],
    ['Flash linked', region('flash')],
    ['stack used', profile === null || profile.stackBytes === null ? null : format.bytes(profile.stackBytes)],
    ['arena used', profile === null || profile.arenaUsedBytes === null ? null : format.bytes(profile.arenaUsedBytes)],
    ['report', join(folder, 'report.html')],
  ];
  const lines = rows
    .filter((row): row is [string, string] => row[1] !== null)
    .map(([name, value]) => `${name.padEnd(16)} ${value}`);
  return [...lines, ...(search === null ? [] : boardTable(search.boards))].join('\n');
}
