import type { LongCall } from '../contract/index.ts';
import { StudioError } from '../contract/index.ts';
import type { Dataset } from './dataset.ts';
import { countLabels, fingerprintOf } from './fingerprint.ts';
import { type Drawing, drawings, isDrawing } from './generate/drawings.ts';
import { drawSplits } from './generate/drawSplits.ts';
import { SpecOptions, type DatasetSpec } from './spec.ts';

/** Opens a set that the project draws itself. Throws `dataset.unknown-generator`, `dataset.bad-option`. */
export async function openGenerated(
  text: string,
  spec: DatasetSpec,
  size: number | null,
  call: LongCall,
): Promise<Dataset> {
  const name = spec.target;
  if (!isDrawing(name)) {
    throw new StudioError({
      code: 'dataset.unknown-generator',
      message: `There is no generated dataset named ${name}.`,
      remedy: `Use one of ${Object.keys(drawings)
        .map((known) => `generated:${known}`)
        .join(', ')}.`,
      details: { name },
    });
  }
  const drawing: Drawing = drawings[name];
  const { kind, classes, counts: usual } = drawing;
  const given = new SpecOptions(text, spec);
  const options = {
    drawing: name,
    size: drawing.sized ? given.whole('size', 32, 224, size ?? 48) : 0,
    seed: given.whole('seed', 0, 2 ** 32 - 1, 1),
    train: given.whole('train', 1, 1_000_000, usual.train),
    validation: given.whole('validation', 1, 100_000, usual.validation),
    test: given.whole('test', 1, 100_000, usual.test),
  };
  given.finish();
  const splits = await drawSplits({ ...options, ...call });
  const { train, validation, test } = splits;
  const shape = drawing.shape(options.size);
  const counts = [train, validation, test].map(({ labels }) => countLabels(labels, classes.length));
  const fingerprint = fingerprintOf(shape, classes, [train, validation, test]);
  return {
    name,
    kind,
    shape,
    classes,
    ...splits,
    // A mirrored bend or arrow is another sign, and time runs one way.
    mirrorable: false,
    fingerprint,
    report: {
      name,
      kind,
      spec: text,
      found: [drawing.describe(options.size, options.seed)],
      shape,
      classes: classes.map((label, i) => ({
        name: label,
        train: counts[0][i],
        validation: counts[1][i],
        test: counts[2][i],
      })),
      splits: {
        train: 'Drawn for training.',
        validation: 'Drawn for validation, with scenes of their own.',
        test: 'Drawn for the test, with scenes of their own.',
      },
      imbalance: 1,
      broken: [],
      brokenCount: 0,
      contradictions: 0,
      duplicates: 0,
      warnings: [],
      fingerprint,
    },
  };
}
