import { stages, type Progress, type StageName } from '../../main/contract/index.ts';
import type { Translation } from './index.ts';

const isStage = (stage: string): stage is StageName => (stages as readonly string[]).includes(stage);

/** A stage in the window's words; one that an older version recorded as it was called then. */
export function stageWord(stage: string, t: Translation['t']): string {
  const cell = /^cell (\d+) of (\d+)$/.exec(stage);
  if (cell !== null) return t('stage.cell', { at: cell[1] ?? '', count: cell[2] ?? '' });
  return isStage(stage) ? t(`stage.${stage}`) : stage;
}

/** What is under way, and how long that will take yet where it is known: the time is the stage's, not that of all the work. */
export function progressSaid({ stage, remainingMs }: Progress, { t, roughly }: Translation): string {
  const said = stageWord(stage, t);
  return remainingMs === null ? said : t('job.remaining', { stage: said, time: roughly(remainingMs) });
}
