import { createHash } from 'node:crypto';
import type { SplitName } from '../contract/index.ts';

/** What decides a sample's split: its content, and what the dataset says. */
export interface SplitInput {
  /** SHA-256 of the sample's bytes, in hexadecimal. */
  readonly contentHash: string;
  readonly split: SplitName | null;
  readonly group: string | null;
}

export interface SplitPlan {
  /** One for each sample, in order. */
  readonly splits: readonly SplitName[];
  /** Where each split comes from, a sentence each. */
  readonly explained: Readonly<Record<SplitName, string>>;
}

/** Shares of all samples, in percent, where the dataset has no splits of its own. */
const TEST_PERCENT = 15;
const VALIDATION_PERCENT = 10;

/** A number in 0 … 99 that the content alone decides. */
const percentile = (hash: string, salt: string): number =>
  createHash('sha256').update(salt).update(hash).digest().readUInt32LE(0) % 100;

/**
 * Puts samples into splits so that they never leak: the same bytes always land in the same split, whatever they are
 * called and whatever else is there; groups stay whole; the dataset's own splits are kept.
 */
export function planSplits(samples: readonly SplitInput[]): SplitPlan {
  const own = new Set(samples.map(({ split }) => split));
  if (own.has('train') || own.has('test')) return keepOwnSplits(samples, own);
  const groups = [...new Set(samples.map(({ group }) => group))];
  if (!groups.includes(null) && groups.length >= 3) return splitByGroups(samples, groups as string[]);
  return {
    splits: samples.map(({ contentHash }) => {
      const place = percentile(contentHash, 'split');
      return place < TEST_PERCENT ? 'test' : place < TEST_PERCENT + VALIDATION_PERCENT ? 'validation' : 'train';
    }),
    explained: {
      train: 'What is neither validation nor test.',
      validation: `${VALIDATION_PERCENT} % of all samples, chosen by the hash of their content.`,
      test: `${TEST_PERCENT} % of all samples, chosen by the hash of their content.`,
    },
  };
}

/** Where the same bytes stand in two of the dataset's splits, the one that is never trained on wins. */
const guard: Readonly<Record<SplitName, number>> = { train: 0, validation: 1, test: 2 };

function keepOwnSplits(samples: readonly SplitInput[], own: ReadonlySet<SplitName | null>): SplitPlan {
  const strictest = new Map<string, SplitName>();
  for (const { contentHash, split } of samples) {
    const known = strictest.get(contentHash) ?? 'train';
    strictest.set(contentHash, guard[split ?? 'train'] > guard[known] ? (split ?? 'train') : known);
  }
  const cutValidation = !own.has('validation');
  const cutTest = !own.has('test');
  const splits = samples.map(({ contentHash }): SplitName => {
    const split = strictest.get(contentHash) ?? 'train';
    if (split !== 'train') return split;
    const place = percentile(contentHash, 'split');
    if (cutTest && place < TEST_PERCENT) return 'test';
    const after = cutTest ? TEST_PERCENT : 0;
    return cutValidation && place >= after && place < after + VALIDATION_PERCENT ? 'validation' : 'train';
  });
  return {
    splits,
    explained: {
      train: 'The folder for training.',
      validation: cutValidation
        ? `${VALIDATION_PERCENT} % of the training folder, chosen by the hash of their content.`
        : 'The folder for validation.',
      test: cutTest
        ? `${TEST_PERCENT} % of the training folder, chosen by the hash of their content.`
        : 'The folder for testing.',
    },
  };
}

function splitByGroups(samples: readonly SplitInput[], groups: readonly string[]): SplitPlan {
  const hashOf = (name: string): string => createHash('sha256').update(`group ${name}`).digest('hex');
  const order = [...groups].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
  const testCount = Math.max(1, Math.round((groups.length * TEST_PERCENT) / 100));
  const validationCount = Math.max(1, Math.round((groups.length * VALIDATION_PERCENT) / 100));
  const test = new Set(order.slice(0, testCount));
  const validation = new Set(order.slice(testCount, testCount + validationCount));
  const placeOf = (group: string | null): SplitName =>
    group !== null && test.has(group) ? 'test' : group !== null && validation.has(group) ? 'validation' : 'train';
  const names = (set: ReadonlySet<string>): string => [...set].sort().join(', ');
  return {
    splits: samples.map(({ group }) => placeOf(group)),
    explained: {
      train: `All recordings of ${names(new Set(groups.filter((g) => placeOf(g) === 'train')))}.`,
      validation: `All recordings of ${names(validation)}, who is not heard in training.`,
      test: `All recordings of ${names(test)}, who is not heard in training.`,
    },
  };
}
