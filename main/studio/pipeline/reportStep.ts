import { z } from 'zod';
import {
  reportSchema,
  type Agreement,
  type Evaluation,
  type Profile,
  type Report,
  type SearchSummary,
  type TrainingSummary,
} from '../../contract/index.ts';
import { boardSummary } from '../boards.ts';
import type { Trip } from '../jobs/index.ts';
import { reportHtml } from '../report/index.ts';
import type { Built } from './built.ts';
import { environmentOf } from './environment.ts';
import { steps } from './stepTitles.ts';

/** What a run has found by the time that its report is written. */
export interface Findings extends Built {
  readonly profile?: Profile;
  readonly agreement?: Agreement;
  readonly training?: TrainingSummary;
  readonly evaluation?: Evaluation;
  readonly search?: SearchSummary;
}

/** Writes `report.json` and `report.html` into the run's folder. */
export async function reportStep(trip: Trip, findings: Findings): Promise<Report> {
  const { board, model, compilation, image } = findings;
  const environment = {
    ...(await environmentOf(board.virtual ? ['arm-gcc', 'qemu'] : ['arm-gcc', 'openocd'])),
    'build of the image': image.buildId,
    'SHA-256 of the model': model.opened.sha256,
    'SHA-256 of the image': image.elf.sha256,
  };
  trip.run.update({ environment });
  const { id, title, kind, createdAt, steps: done } = trip.run.record;
  const report: Report = {
    format: 2,
    title,
    runId: id,
    kind,
    createdAt,
    board: boardSummary(board),
    model: model.info,
    planned: compilation.planned,
    linked: image.linked,
    profile: findings.profile ?? null,
    training: findings.training ?? null,
    evaluation: findings.evaluation ?? null,
    search: findings.search ?? null,
    agreement: findings.agreement ?? null,
    steps: done.filter(({ name }) => name !== 'report'),
    environment,
  };
  await trip.step({
    ...steps.report,
    version: 1,
    input: { ...report, steps: [] },
    output: z.object({}),
    run: async ({ write }) => {
      write('report.json', `${JSON.stringify(reportSchema.parse(report), null, 2)}\n`);
      write('report.html', reportHtml(report));
      return {};
    },
  });
  return report;
}
