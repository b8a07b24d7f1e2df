import { stages, type StageName } from '../../main/contract/index.ts';
import type { Translation } from './index.ts';

const isStage = (stage: string): stage is StageName => (stages as readonly string[]).includes(stage);

/** A stage in the window's words; one that an older version recorded as it was called then. */
export function stageWord(stage: string, t: Translation['t']): string {
  const cell = /^cell (\d+) of (\d+)$/.exec(stage);
  if (cell !== null) return t('stage.cell', { at: cell[1] ?? '', count: cell[2] ?? '' });
  return isStage(stage) ? t(`stage.${stage}`) : stage;
}
