import { createHash } from 'node:crypto';
import type { DatasetWarning, SplitName } from '../contract/index.ts';

/** What decides a sample's split: its content, its class, and what the dataset says. */
export interface SplitInput {
  /** SHA-256 of the sample's bytes, in hexadecimal. */
  readonly contentHash: string;
  readonly label: number;
  readonly split: SplitName | null;
  readonly group: string | null;
}

export interface SplitPlan {
  /** One for each sample, in order. */
  readonly splits: readonly SplitName[];
  /** Where each split comes from, a sentence each. */
  readonly explained: Readonly<Record<SplitName, string>>;
  readonly warnings: readonly DatasetWarning[];
}

/** Shares of all samples, in percent, where the dataset has no splits of its own. */
const TEST_PERCENT = 15;
const VALIDATION_PERCENT = 10;
/** Below this many groups that hold several classes (speakers), chance might give a split none: they are counted out. */
const FEW_GROUPS = 30;
/** Units of a class below which it cannot be in all three splits. */
const LEAST_UNITS = 3;

/** Where the same bytes stand in two splits, the one that is never trained on wins. */
const guard: Readonly<Record<SplitName, number>> = { train: 0, validation: 1, test: 2 };
const stricter = (a: SplitName, b: SplitName): SplitName => (guard[a] >= guard[b] ? a : b);

const hashOf = (unit: string): string => createHash('sha256').update('split').update(unit).digest('hex');
/** A number in 0 … 99 that the unit alone decides. */
const percentile = (unit: string): number =>
  createHash('sha256').update('split').update(unit).digest().readUInt32LE(0) % 100;

/** What is cut from the samples that the dataset leaves open. */
interface Cut {
  readonly test: boolean;
  readonly validation: boolean;
}

/**
 * Puts samples into splits so that they never leak: the same bytes always land in the same split, whatever they are
 * called and whatever else is there; groups (a speaker, a recording) stay whole; the dataset's own splits are kept, and
 * what they lack is cut from the training samples by the hash of their content.
 */
export function planSplits(samples: readonly SplitInput[]): SplitPlan {
  const own = new Set(samples.map(({ split }) => split));
  const hasOwn = own.has('train') || own.has('test') || own.has('validation');
  const cut = { test: !own.has('test'), validation: !own.has('validation') };
  const open = samples.filter(({ split }) => split === null || split === 'train');
  const { placeOf, how, warnings } = leavingNothingEmpty(open, cut);
  const wanted = samples.map((sample): SplitName =>
    sample.split === null || sample.split === 'train' ? placeOf(sample) : sample.split,
  );
  const strictest = new Map<string, SplitName>();
  samples.forEach(({ contentHash }, i) => {
    strictest.set(contentHash, stricter(strictest.get(contentHash) ?? 'train', wanted[i]));
  });
  const rest = hasOwn ? 'the training folder' : 'all samples';
  return {
    splits: samples.map(({ contentHash }) => strictest.get(contentHash) ?? 'train'),
    explained: {
      train: hasOwn ? 'The folder for training.' : (how?.train ?? 'What is neither validation nor test.'),
      validation: cut.validation
        ? (how?.validation ?? `${VALIDATION_PERCENT} % of ${rest}, chosen by the hash of their content.`)
        : 'The folder for validation.',
      test: cut.test
        ? (how?.test ?? `${TEST_PERCENT} % of ${rest}, chosen by the hash of their content.`)
        : 'The folder for testing.',
    },
    warnings,
  };
}

interface CutPlan {
  readonly placeOf: (sample: SplitInput) => SplitName;
  readonly how: Readonly<Record<SplitName, string>> | null;
  readonly warnings: readonly DatasetWarning[];
}

/** Where whole groups would leave a split without samples, as the recordings of one or two people do, groups are torn. */
function leavingNothingEmpty(samples: readonly SplitInput[], cut: Cut): CutPlan {
  const whole = cutSplits(samples, cut);
  const filled = new Set(samples.map((sample) => whole.placeOf(sample)));
  const wanted: readonly SplitName[] = [
    'train',
    ...(cut.validation ? ['validation' as const] : []),
    ...(cut.test ? ['test' as const] : []),
  ];
  if (wanted.every((split) => filled.has(split))) return whole;
  const groups = new Set(samples.flatMap(({ group }) => group ?? []));
  if (groups.size === 0) return whole;
  const alone = (sample: SplitInput): SplitInput => ({ ...sample, group: null });
  const torn = cutSplits(samples.map(alone), cut);
  return {
    ...torn,
    placeOf: (sample) => torn.placeOf(alone(sample)),
    warnings: [
      {
        code: 'dataset.few-groups',
        message:
          `The samples are of ${groups.size === 1 ? 'one person or session' : `${groups.size} people or sessions`}, too few for splits that share none: ` +
          'accuracy will look better than it is with others. Add samples of more people or sessions.',
      },
    ],
  };
}

function cutSplits(samples: readonly SplitInput[], cut: Cut): CutPlan {
  const labelsOf = new Map<string, Set<number>>();
  for (const { group, label } of samples) {
    if (group !== null) labelsOf.set(group, (labelsOf.get(group) ?? new Set<number>()).add(label));
  }
  const mixed = [...labelsOf].filter(([, labels]) => labels.size > 1).map(([group]) => group);
  const allGrouped = samples.every(({ group }) => group !== null);
  if (allGrouped && mixed.length >= LEAST_UNITS && labelsOf.size < FEW_GROUPS)
    return cutByCount([...labelsOf.keys()], cut);
  return cutByHash(samples, cut, mixed.length > 0);
}

/** A few groups, as of speakers: so many of them for the test, so many for validation, at least one each. */
function cutByCount(groups: readonly string[], cut: Cut): CutPlan {
  const order = [...groups].sort((a, b) => (hashOf(`group ${a}`) < hashOf(`group ${b}`) ? -1 : 1));
  const share = (percent: number, wanted: boolean): number =>
    wanted ? Math.max(1, Math.round((groups.length * percent) / 100)) : 0;
  const testCount = share(TEST_PERCENT, cut.test);
  const validationEnd = testCount + share(VALIDATION_PERCENT, cut.validation);
  const test = order.slice(0, testCount);
  const validation = order.slice(testCount, validationEnd);
  const names = (of: readonly string[]): string => [...of].sort().join(', ');
  return {
    placeOf: ({ group }) =>
      test.includes(group ?? '') ? 'test' : validation.includes(group ?? '') ? 'validation' : 'train',
    how: {
      train: `All samples of ${names(order.slice(validationEnd))}.`,
      validation: `All samples of ${names(validation)}, none of which is in training.`,
      test: `All samples of ${names(test)}, none of which is in training.`,
    },
    warnings: [],
  };
}

/** Many units (samples, or groups that stay whole): each one's hash decides; no class goes without. */
function cutByHash(samples: readonly SplitInput[], cut: Cut, mixedGroups: boolean): CutPlan {
  const unitsOf = new Map<number, Set<string>>();
  for (const { label, group, contentHash } of samples) {
    unitsOf.set(label, (unitsOf.get(label) ?? new Set<string>()).add(group ?? contentHash));
  }
  const grouped = samples.some(({ group }) => group !== null);
  // One recording session cannot be in three splits as a whole.
  const lonely = new Set(
    [...unitsOf].filter(([, units]) => units.size < LEAST_UNITS && !mixedGroups).map(([label]) => label),
  );
  const unitOf = ({ label, group, contentHash }: SplitInput): string =>
    lonely.has(label) ? contentHash : (group ?? contentHash);
  const places = new Map<string, SplitName>();
  const classes = new Map<number, Set<string>>();
  for (const sample of samples) {
    const unit = unitOf(sample);
    const place = percentile(unit);
    const afterTest = cut.test ? TEST_PERCENT : 0;
    const chosen =
      place < afterTest ? 'test' : cut.validation && place < afterTest + VALIDATION_PERCENT ? 'validation' : 'train';
    places.set(unit, chosen);
    classes.set(sample.label, (classes.get(sample.label) ?? new Set<string>()).add(unit));
  }
  if (!mixedGroups) for (const units of classes.values()) leaveNoneOut(units, places, cut);
  const torn = [...lonely].some((label) => samples.some((sample) => sample.label === label && sample.group !== null));
  return {
    placeOf: (sample) => places.get(unitOf(sample)) ?? 'train',
    how: grouped ? explainGroups(torn) : null,
    warnings: torn
      ? [
          {
            code: 'dataset.few-recordings',
            message:
              'Some classes were recorded in fewer than three goes, so pictures of one go are in training and in the test: ' +
              'accuracy will look better than it is. Record each class several times, in other places and light.',
          },
        ]
      : [],
  };
}

const explainGroups = (torn: boolean): Record<SplitName, string> => {
  const whole = torn ? 'chosen by hash, whole recordings where there are enough' : 'whole recordings, chosen by hash';
  return {
    train: 'What is neither validation nor test.',
    validation: `${VALIDATION_PERCENT} %, ${whole}.`,
    test: `${TEST_PERCENT} %, ${whole}.`,
  };
};

/** Where chance gave a class no test or validation unit, its first training unit by hash is taken. */
function leaveNoneOut(units: ReadonlySet<string>, places: Map<string, SplitName>, cut: Cut): void {
  if (units.size < LEAST_UNITS) return;
  const order = [...units].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
  const unitsIn = (split: SplitName): string[] => order.filter((unit) => places.get(unit) === split);
  for (const split of ['test', 'validation', 'train'] as const) {
    if ((split !== 'train' && !cut[split]) || unitsIn(split).length > 0) continue;
    const richest = (['train', 'test', 'validation'] as const).find((other) => unitsIn(other).length > 1);
    if (richest) places.set(unitsIn(richest)[0], split);
  }
}
