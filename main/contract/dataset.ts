/** What crosses a border about a dataset: what was found in it, never the samples themselves. */

export type SplitName = 'train' | 'validation' | 'test';

export const splitNames = ['train', 'validation', 'test'] as const satisfies readonly SplitName[];

/** What the samples were before they became H×W×C bytes. */
export type DatasetKind = 'images' | 'audio' | 'series' | 'generated';

/** A sample that could not be read, and why, in one sentence. It is left out; the rest is used. */
export interface BrokenSample {
  /** Where it stands: a path inside the folder or the zip, with `#n` where a file holds many samples. */
  readonly id: string;
  /** Dotted, lower case, as in errors: `dataset.empty-file`, `dataset.unreadable-image`. */
  readonly code: string;
  readonly reason: string;
}

/** How many samples of one class each split holds. */
export interface ClassCounts {
  readonly name: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** Something that a user should know before training: it is not an error. */
export interface DatasetWarning {
  readonly code: string;
  readonly message: string;
}

/** What opening a dataset found. JSON all through. */
export interface DatasetReport {
  readonly name: string;
  readonly kind: DatasetKind;
  /** The text form that opens the same dataset again. */
  readonly spec: string;
  /** What was recognized and how it was read, a sentence each. */
  readonly found: readonly string[];
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly classes: readonly ClassCounts[];
  /** Where each split comes from, a sentence each. */
  readonly splits: Readonly<Record<SplitName, string>>;
  /** Largest class's share of the training samples over the smallest's. 1 is balanced. */
  readonly imbalance: number;
  /** The first broken samples (a list is cut at 1,000) and how many there are in all. */
  readonly broken: readonly BrokenSample[];
  readonly brokenCount: number;
  /** Samples left out because the same bytes stand elsewhere in the dataset under another class. */
  readonly contradictions: number;
  /** Samples whose bytes occur more than once; all copies are in one split. */
  readonly duplicates: number;
  readonly warnings: readonly DatasetWarning[];
  /** SHA-256 over shape, classes, and every sample's split, label and content, in hexadecimal. */
  readonly fingerprint: string;
}
