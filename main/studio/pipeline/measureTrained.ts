import type { InputMode, TrainingSummary } from '../../contract/index.ts';
import { architectureCost, type Architecture } from '../../core/architecture/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import type { Trip } from '../jobs/index.ts';
import { build } from './built.ts';
import type { MemoryLimits } from './compile.ts';
import { evaluateStep } from './evaluateStep.ts';
import { interpreterAnswers, judgeStep } from './judgeStep.ts';
import { profileStep } from './profileStep.ts';
import { roundingStep } from './roundingStep.ts';
import { quantizeStep } from './quantizeStep.ts';
import type { Findings } from './reportStep.ts';
import type { Trained } from './trainStep.ts';

/** How many test samples run on the board where nobody says otherwise. */
const defaultEvaluateLimit = 500;

export interface MeasureWish {
  readonly boardId: string;
  readonly workers: number;
  /** Of the training, for what is trained after it. */
  readonly seed: number;
  readonly evaluateLimit?: number | undefined;
  readonly inputMode?: InputMode;
  readonly limits?: MemoryLimits;
}

interface Judged {
  readonly findings: Findings & { readonly training: TrainingSummary };
  /** What the interpreter answers to test samples, for comparing. */
  readonly known: ReturnType<typeof interpreterAnswers>;
}

/** The int8 model, its image, and what the model is worth: all that needs no board. */
async function judgeTrained(
  trip: Trip,
  dataset: Dataset,
  architecture: Architecture,
  floatTrained: Trained,
  { boardId, workers, seed, inputMode, limits }: MeasureWish,
): Promise<Judged> {
  const trained = await roundingStep(trip, dataset, architecture, floatTrained, { workers, seed });
  const model = await quantizeStep(trip, dataset, architecture, trained);
  const built = await build({ model, boardId, inputMode }, trip, { name: `${dataset.name}.tflite`, limits });
  const judged = await judgeStep(trip, dataset, architecture, trained, built.model);
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
  return { findings: { ...built, training }, known: interpreterAnswers(trip, judged) };
}

/** What follows a training where the board is not there: the int8 model, its image, and what the model is worth. */
export async function buildTrained(...trained: Parameters<typeof judgeTrained>): Promise<Findings> {
  return (await judgeTrained(...trained)).findings;
}

/** What follows every training: the int8 model, its image, and what both are worth on the board. */
export async function measureTrained(...trained: Parameters<typeof judgeTrained>): Promise<Findings> {
  const [trip, dataset, , , { evaluateLimit = defaultEvaluateLimit }] = trained;
  const { findings, known } = await judgeTrained(...trained);
  const { profile } = await profileStep(trip, findings, []);
  const evaluation = await evaluateStep(trip, findings, dataset, { split: 'test', limit: evaluateLimit, known });
  return { ...findings, profile, evaluation };
}
