import type { InputMode, TrainingSummary } from '../../contract/index.ts';
import { architectureCost, type Architecture } from '../../core/architecture/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import type { Trip } from '../jobs/index.ts';
import { build } from './built.ts';
import type { MemoryLimits } from './compile.ts';
import { evaluateStep } from './evaluateStep.ts';
import { interpreterAnswers, judgeStep } from './judgeStep.ts';
import { profileStep } from './profileStep.ts';
import { quantizeStep } from './quantizeStep.ts';
import type { Findings } from './reportStep.ts';
import type { Trained } from './trainStep.ts';

/** How many test samples run on the board where nobody says otherwise. */
const defaultEvaluateLimit = 500;

export interface MeasureWish {
  readonly boardId: string;
  readonly workers: number;
  readonly evaluateLimit?: number | undefined;
  readonly inputMode?: InputMode;
  readonly limits?: MemoryLimits;
}

/** What follows every training: the int8 model, its image, and what both are worth on the board. */
export async function measureTrained(
  trip: Trip,
  dataset: Dataset,
  architecture: Architecture,
  trained: Trained,
  { boardId, workers, evaluateLimit = defaultEvaluateLimit, inputMode, limits }: MeasureWish,
): Promise<Findings> {
  const model = await quantizeStep(trip, dataset, architecture, trained);
  const built = await build({ model, boardId, inputMode }, trip, { name: `${dataset.name}.tflite`, limits });
  const judged = await judgeStep(trip, dataset, architecture, trained, built.model);
  const { profile } = await profileStep(trip, built, []);
  const known = interpreterAnswers(trip, judged);
  const evaluation = await evaluateStep(trip, built, dataset, { split: 'test', limit: evaluateLimit, known });
  const cost = architectureCost(architecture);
  const training: TrainingSummary = {
    dataset: dataset.report.spec,
    architecture: architecture.name,
    backend: 'wasm',
    workers,
    parameters: cost.parameters,
    macs: cost.macs,
    epochs: trained.curve.at(-1)?.epoch ?? 0,
    elapsedMs: trained.elapsedMs,
    curve: trained.curve,
    floatAccuracy: trained.floatAccuracy,
    testSamples: trained.testSamples,
    compared: { samples: judged.samples, floatAccuracy: judged.floatAccuracy, int8Accuracy: judged.int8Accuracy },
  };
  return { ...built, profile, evaluation, training };
}
