import type { LongCall } from '../contract/index.ts';
import { StudioError } from '../contract/index.ts';
import type { Dataset } from './dataset.ts';
import { countLabels, fingerprintOf } from './fingerprint.ts';
import { generateRoadSigns } from './roadSigns/generate.ts';
import { signs } from './roadSigns/signs.ts';
import { SpecOptions, type DatasetSpec } from './spec.ts';

/** Opens a set that the project draws itself. Throws `dataset.unknown-generator`, `dataset.bad-option`. */
export async function openGenerated(
  text: string,
  spec: DatasetSpec,
  size: number | null,
  call: LongCall,
): Promise<Dataset> {
  if (spec.target !== 'road-signs') {
    throw new StudioError({
      code: 'dataset.unknown-generator',
      message: `There is no generated dataset named ${spec.target}.`,
      remedy: 'Use generated:road-signs.',
      details: { name: spec.target },
    });
  }
  const given = new SpecOptions(text, spec);
  const options = {
    size: given.whole('size', 32, 224, size ?? 48),
    seed: given.whole('seed', 0, 2 ** 32 - 1, 1),
    train: given.whole('train', 1, 1_000_000, 6000),
    validation: given.whole('validation', 1, 100_000, 1000),
    test: given.whole('test', 1, 100_000, 1000),
  };
  given.finish();
  const { train, validation, test } = await generateRoadSigns({ ...options, ...call });
  const shape = { height: options.size, width: options.size, channels: 3 };
  const classes = signs.map(({ name }) => name);
  const splits = { train, validation, test };
  const counts = [train, validation, test].map(({ labels }) => countLabels(labels, classes.length));
  const fingerprint = fingerprintOf(shape, classes, [train, validation, test]);
  return {
    name: 'road-signs',
    kind: 'generated',
    shape,
    classes,
    ...splits,
    // A mirrored bend or arrow is another sign.
    mirrorable: false,
    fingerprint,
    report: {
      name: 'road-signs',
      kind: 'generated',
      spec: text,
      found: [
        `Road signs in ${classes.length} classes, drawn at ${options.size}×${options.size} from seed ${options.seed}.`,
      ],
      shape,
      classes: classes.map((name, i) => ({ name, train: counts[0][i], validation: counts[1][i], test: counts[2][i] })),
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
