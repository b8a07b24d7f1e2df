import type { SplitName } from '../../contract/index.ts';
import type { Entry } from '../container/container.ts';

/** A sample as a reader found it: which class, and what is known of its split. */
export interface Listed {
  readonly entry: Entry;
  readonly label: number;
  /** The split that the dataset itself puts it in; null where it does not say. */
  readonly split: SplitName | null;
  /** Samples of one group (a speaker) stay in one split; null where there are no groups. */
  readonly group: string | null;
}

export interface Listing {
  readonly kind: 'images' | 'audio';
  readonly classes: readonly string[];
  readonly samples: readonly Listed[];
  /** What was recognized, a sentence each. */
  readonly found: readonly string[];
}

const IMAGES = /\.(jpe?g|png|webp|bmp|gif|tiff?)$/i;
const AUDIO = /\.wav$/i;

const splitWords: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  validation: 'validation',
  valid: 'validation',
  val: 'validation',
  dev: 'validation',
  test: 'test',
  testing: 'test',
};

/** Path parts with the folders that hold everything taken away: an archive often wraps all in one. */
function withoutWrapping(paths: readonly string[]): string[][] {
  let parts = paths.map((path) => path.split('/'));
  while (parts.length > 0 && parts.every((p) => p.length > 2 && p[0] === parts[0][0])) {
    if (parts[0][0].toLowerCase() in splitWords) break;
    parts = parts.map((p) => p.slice(1));
  }
  return parts;
}

/** Names like `7_jackson_32.wav`: class, who, number. */
const SPOKEN = /^([^_]+)_([^_]+)_(\d+)\.wav$/i;

/** Understands a dataset by its files' names; null where there are no images or recordings in classes. */
export function listSamples(entries: readonly Entry[]): Listing | null {
  const images = entries.filter(({ path }) => IMAGES.test(path));
  const audio = entries.filter(({ path }) => AUDIO.test(path));
  const [kind, files] = images.length >= audio.length ? (['images', images] as const) : (['audio', audio] as const);
  if (files.length === 0) return null;
  const named = kind === 'audio' ? listByName(files) : null;
  return named ?? listByFolder(kind, files);
}

function listByName(files: readonly Entry[]): Listing | null {
  const matches = files.map((entry) => SPOKEN.exec(entry.path.split('/').at(-1) ?? ''));
  const folders = new Set(files.map(({ path }) => path.split('/').slice(0, -1).join('/')));
  if (folders.size > 1 || matches.some((match) => match === null)) return null;
  const classes = sortedNames(matches.map((match) => match?.[1] ?? ''));
  const samples = files.map((entry, i): Listed => {
    const label = classes.indexOf(matches[i]?.[1] ?? '');
    return { entry, label, split: null, group: matches[i]?.[2] ?? null };
  });
  const speakers = new Set(samples.map(({ group }) => group)).size;
  return {
    kind: 'audio',
    classes,
    samples,
    found: [
      `${files.length} recordings named CLASS_SPEAKER_NUMBER.wav, of ${classes.length} classes by ${speakers} speakers.`,
    ],
  };
}

function listByFolder(kind: 'images' | 'audio', files: readonly Entry[]): Listing | null {
  const parts = withoutWrapping(files.map(({ path }) => path));
  const inSplits = parts.every((p) => p.length >= 3 && p[0].toLowerCase() in splitWords);
  const classOf = (p: readonly string[]): string => p[inSplits ? 1 : 0];
  if (!inSplits && parts.some((p) => p.length < 2)) return null;
  const classes = sortedNames(parts.map(classOf));
  const index = new Map(classes.map((name, i) => [name, i]));
  const samples = files.map((entry, i): Listed => {
    const split = inSplits ? splitWords[parts[i][0].toLowerCase()] : null;
    return { entry, label: index.get(classOf(parts[i])) ?? 0, split, group: null };
  });
  const what = kind === 'images' ? 'images' : 'recordings';
  const where = inSplits
    ? `folders ${[...new Set(parts.map((p) => p[0]))].sort().join(', ')}, then by class`
    : 'one folder for each class';
  return { kind, classes, samples, found: [`${files.length} ${what} of ${classes.length} classes, in ${where}.`] };
}

/** Without repetition; numbers by value, the rest by letters, the same in every locale. */
function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort((a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (Number.isFinite(x) && Number.isFinite(y) && x !== y) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  });
}
