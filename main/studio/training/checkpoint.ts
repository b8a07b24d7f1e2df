import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../../contract/index.ts';
import type { Architecture } from '../../core/architecture/index.ts';
import {
  readContainer,
  weightLayout,
  writeContainer,
  type EpochRecord,
  type Int8Rounding,
  type PacePlan,
  type Recipe,
  type TrainingLength,
} from '../../core/training/index.ts';
import { writeFileAtomic } from '../../store/index.ts';

/** What makes two trainings the same: a checkpoint is only continued by the training that it belongs to. */
export interface TrainingIdentity {
  readonly architecture: Architecture;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly workers: number;
  readonly length: TrainingLength;
  readonly trainingSamples: number;
  /** The plan that is followed instead of the clock; absent where the clock decides. */
  readonly pace?: PacePlan;
  /** How the network is rounded while it learns; absent where it is not. */
  readonly rounding?: Int8Rounding;
  /** The teacher, as far as it tells two trainings apart; absent where there is none. */
  readonly teacher?: { readonly name: string; readonly accuracy: number; readonly weight: number };
}

/** What has been seen since the last record of the history. */
export interface Tally {
  readonly loss: number;
  readonly correct: number;
  readonly samples: number;
}

export const EMPTY_TALLY: Tally = { loss: 0, correct: 0, samples: 0 };

/** The whole state of a training between two steps. */
export interface TrainingState {
  readonly weights: Float32Array;
  readonly velocities: Float32Array;
  /** Number of the next step. */
  readonly step: number;
  /** Fraction of the training that is done. */
  readonly progress: number;
  /** Time that was spent, over all sittings. */
  readonly seconds: number;
  /** How the clock was turned into progress so far; empty where the length is in passes. */
  readonly pace: PacePlan;
  readonly tally: Tally;
  readonly history: readonly EpochRecord[];
}

interface Header {
  readonly kind: 'training';
  readonly version: 2;
  readonly identity: TrainingIdentity;
  readonly step: number;
  readonly progress: number;
  readonly seconds: number;
  readonly pace: PacePlan;
  readonly tally: Tally;
  readonly history: readonly EpochRecord[];
}

const fileIn = (folder: string): string => join(folder, 'training.checkpoint');

/** Written whole or not at all: a kill at any moment leaves the checkpoint before it. */
export function writeCheckpoint(folder: string, identity: TrainingIdentity, state: TrainingState): void {
  const { weights, velocities, ...rest } = state;
  const header: Header = { kind: 'training', version: 2, identity, ...rest };
  writeFileAtomic(fileIn(folder), writeContainer({ header: { ...header }, vectors: { weights, velocities } }));
}

/**
 * The state in which the same training was left; null where there is none.
 *
 * @throws StudioError `training.checkpoint-mismatch` where another training left its checkpoint there,
 *   `training.file-corrupt`
 */
export function readCheckpoint(folder: string, identity: TrainingIdentity): TrainingState | null {
  const file = fileIn(folder);
  if (!existsSync(file)) return null;
  const { header, vectors } = readContainer(readFileSync(file), 'checkpoint');
  const { identity: found, kind, version, ...rest } = header as unknown as Header;
  const { weights, velocities } = vectors;
  if (kind !== 'training' || version !== 2 || canonical(found) !== canonical(identity)) {
    throw new StudioError({
      code: 'training.checkpoint-mismatch',
      message: `${file} belongs to another training: ${differences(found, identity).join(', ') || 'another form'} differ.`,
      remedy: 'Choose another folder, or delete that checkpoint to start anew.',
      details: { file, found, expected: identity },
    });
  }
  const { trainable, total } = weightLayout(identity.architecture);
  if (weights?.length !== total || velocities?.length !== trainable) {
    throw new StudioError({
      code: 'training.file-corrupt',
      message: `${file} cannot be read: it lacks weights.`,
      remedy: 'Delete it to start anew.',
      details: { file },
    });
  }
  return { ...rest, weights, velocities };
}

const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

function differences(found: TrainingIdentity | undefined, expected: TrainingIdentity): string[] {
  if (found === undefined) return [];
  const names = [
    'architecture',
    'recipe',
    'seed',
    'workers',
    'length',
    'trainingSamples',
    'teacher',
    'pace',
    'rounding',
  ] as const;
  return names.filter((name) => canonical(found[name]) !== canonical(expected[name]));
}
