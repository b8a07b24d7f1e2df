import type { BrokenSample, DatasetKind, DatasetReport, DatasetWarning, SplitName } from '../contract/index.ts';
import { splitNames } from '../contract/index.ts';
import type { InputShape } from '../core/architecture/index.ts';
import { allocateSplit, sampleBytes, type Dataset } from './dataset.ts';
import { datasetError } from './errors.ts';
import { countLabels, fingerprintOf } from './fingerprint.ts';
import { planSplits } from './splits.ts';

/** Samples that were read, before they have their splits. Index i is one sample throughout. */
export interface ReadSamples {
  readonly name: string;
  readonly kind: DatasetKind;
  readonly spec: string;
  readonly shape: InputShape;
  readonly classes: readonly string[];
  readonly mirrorable: boolean;
  readonly found: readonly string[];
  /** Sample i at i × bytes. */
  readonly samples: Uint8Array;
  readonly labels: ArrayLike<number>;
  readonly ids: readonly string[];
  /** SHA-256 of each sample's content; null where it is broken. */
  readonly hashes: readonly (string | null)[];
  readonly splits: readonly (SplitName | null)[];
  readonly groups: readonly (string | null)[];
  readonly broken: readonly BrokenSample[];
  /** What the reader wants a user to know. */
  readonly warnings?: readonly DatasetWarning[];
}

/** Listed in a report at most. */
const MOST_LISTED = 1000;
/** The largest class may be this many times the smallest before it is worth a warning. */
const NOTABLE_IMBALANCE = 3;
/** Fewer training samples of a class than this are hardly enough. */
const FEW_SAMPLES = 20;

/** Gives samples their splits, in an order that content alone decides, and tells what was found. */
export function assemble(read: ReadSamples): Dataset {
  const { shape, classes } = read;
  const whole = read.hashes.flatMap((hash, index) => (hash === null ? [] : [{ index, hash }]));
  const { usable, contradictions, duplicates } = dropContradictions(whole, read);
  checkClasses(read, usable, contradictions);
  const plan = planSplits(
    usable.map(({ index, hash }) => ({
      contentHash: hash,
      label: read.labels[index],
      split: read.splits[index],
      group: read.groups[index],
    })),
  );
  const members: Record<SplitName, { index: number; hash: string }[]> = { train: [], validation: [], test: [] };
  usable.forEach((sample, i) => members[plan.splits[i]].push(sample));
  const bytes = sampleBytes(shape);
  const [train, validation, test] = splitNames.map((name) => {
    // Ordered by content: mixed, and the same whatever the files are called.
    const ordered = members[name].sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.index - b.index));
    const split = allocateSplit(shape, ordered.length);
    ordered.forEach(({ index }, i) => {
      split.samples.set(read.samples.subarray(index * bytes, (index + 1) * bytes), i * bytes);
      split.labels[i] = read.labels[index];
      split.ids.push(read.ids[index]);
    });
    return split;
  });
  const fingerprint = fingerprintOf(shape, classes, [train, validation, test]);
  const counts = [train, validation, test].map(({ labels }) => countLabels(labels, classes.length));
  const trained = counts[0].filter((count) => count > 0);
  const imbalance = trained.length === 0 ? 1 : Math.max(...trained) / Math.min(...trained);
  const report: DatasetReport = {
    name: read.name,
    kind: read.kind,
    spec: read.spec,
    found: read.found,
    shape,
    classes: classes.map((name, i) => ({ name, train: counts[0][i], validation: counts[1][i], test: counts[2][i] })),
    splits: plan.explained,
    imbalance,
    broken: read.broken.slice(0, MOST_LISTED),
    brokenCount: read.broken.length,
    contradictions,
    duplicates,
    warnings: [
      ...(read.warnings ?? []),
      ...plan.warnings,
      ...warningsOf(classes, counts, imbalance, read.broken.length),
    ],
    fingerprint,
  };
  const { name, kind, mirrorable } = read;
  return { name, kind, shape, classes, mirrorable, train, validation, test, fingerprint, report };
}

/** The same bytes under two classes teach nothing: all their copies are left out. */
function dropContradictions(
  whole: readonly { index: number; hash: string }[],
  read: ReadSamples,
): { usable: { index: number; hash: string }[]; contradictions: number; duplicates: number } {
  const labelsOf = new Map<string, Set<number>>();
  for (const { index, hash } of whole) {
    const labels = labelsOf.get(hash) ?? new Set<number>();
    labelsOf.set(hash, labels.add(read.labels[index]));
  }
  const usable = whole.filter(({ hash }) => labelsOf.get(hash)?.size === 1);
  const distinct = new Set(usable.map(({ hash }) => hash)).size;
  return { usable, contradictions: whole.length - usable.length, duplicates: usable.length - distinct };
}

function checkClasses(read: ReadSamples, usable: readonly { index: number }[], contradictions: number): void {
  const present = new Set(usable.map(({ index }) => read.labels[index]));
  const empty = read.classes.find((_, label) => !present.has(label));
  if (usable.length > 0 && present.size >= 2 && empty === undefined) return;
  const first = read.broken[0];
  const example =
    first === undefined ? '' : ` (${read.broken.length} could not be read, such as ${first.id}: ${first.reason})`;
  const twice = contradictions === 0 ? '' : `; ${contradictions} samples stand in two classes with the same bytes`;
  const why =
    usable.length === 0
      ? 'it has no usable sample'
      : empty !== undefined
        ? `the class ${empty} has no usable sample`
        : 'it has only one class, and there is nothing to tell apart';
  throw datasetError(
    'no-samples',
    `${read.name} cannot be trained on: ${why}${example}${twice}.`,
    'Add samples, or remove the class.',
    {
      samples: usable.length,
      broken: read.broken.slice(0, 10),
    },
  );
}

function warningsOf(
  classes: readonly string[],
  [train, , test]: readonly (readonly number[])[],
  imbalance: number,
  broken: number,
): DatasetWarning[] {
  const warnings: DatasetWarning[] = [];
  if (imbalance > NOTABLE_IMBALANCE) {
    warnings.push({
      code: 'dataset.imbalanced',
      message: `The largest class has ${imbalance.toFixed(1)} times as many training samples as the smallest.`,
    });
  }
  const few = classes.filter((_, i) => train[i] < FEW_SAMPLES);
  if (few.length > 0) {
    const shown = few.slice(0, 5).join(', ') + (few.length > 5 ? ' and others' : '');
    warnings.push({ code: 'dataset.few-samples', message: `Fewer than ${FEW_SAMPLES} training samples: ${shown}.` });
  }
  const untested = classes.filter((_, i) => test[i] === 0);
  if (untested.length > 0) {
    const shown = untested.slice(0, 5).join(', ') + (untested.length > 5 ? ' and others' : '');
    warnings.push({ code: 'dataset.untested-class', message: `Without a test sample: ${shown}.` });
  }
  if (broken > 0) {
    warnings.push({ code: 'dataset.broken-samples', message: `${broken} files could not be read and were left out.` });
  }
  return warnings;
}
