import type { BrokenSample, SplitName } from '../../contract/index.ts';
import { sessionOf } from '../capture.ts';
import type { Entry } from '../container/container.ts';

/** A sample as a reader found it: which class, and what is known of its split. */
export interface Listed {
  readonly entry: Entry;
  readonly label: number;
  /** The split that the dataset itself puts it in; null where it does not say. */
  readonly split: SplitName | null;
  /** Samples of one group (a speaker, a recording session) stay in one split; null where there are no groups. */
  readonly group: string | null;
}

export interface Listing {
  readonly kind: 'images' | 'audio';
  readonly classes: readonly string[];
  readonly samples: readonly Listed[];
  /** Files of the right kind in the wrong place. */
  readonly strays: readonly BrokenSample[];
  /** Folders that look like classes but hold no sample. */
  readonly emptyClasses: readonly string[];
  /** What was recognized, a sentence each. */
  readonly found: readonly string[];
}

/** What is in a dataset's container, as far as names tell. */
export interface Named {
  readonly entries: readonly Entry[];
  readonly folders: readonly string[];
}

const IMAGES = /\.(jpe?g|png|webp|bmp|gif|tiff?)$/i;
const AUDIO = /\.wav$/i;

/** What people call the folders of splits. A map: a class may well be called `constructor`. */
const splitWords: ReadonlyMap<string, SplitName> = new Map([
  ['train', 'train'],
  ['training', 'train'],
  ['validation', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['dev', 'validation'],
  ['test', 'test'],
  ['testing', 'test'],
]);
const splitOf = (part: string): SplitName | null => splitWords.get(part.toLowerCase()) ?? null;

/** Names like `7_jackson_32.wav`: class, who, number. */
const SPOKEN = /^([^_]+)_([^_]+)_(\d+)\.wav$/i;
/** Names like `0a7c2a8d_nohash_0.wav`, of Speech Commands (Warden, 2018): who, number. */
const SPEAKER = /^([0-9a-f]+)_nohash_\d+\.wav$/i;

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** How many leading folders all files share: an archive often wraps all in one. */
function wrapping(paths: readonly (readonly string[])[]): number {
  let depth = 0;
  while (paths.every((p) => p.length > depth + 2 && p[depth] === paths[0][depth])) {
    if (splitOf(paths[0][depth]) !== null) break;
    depth++;
  }
  return depth;
}

/** Understands a dataset by its files' names; null where there are no images or recordings in classes. */
export function listSamples({ entries, folders }: Named): Listing | null {
  const images = entries.filter(({ path }) => IMAGES.test(path));
  const audio = entries.filter(({ path }) => AUDIO.test(path));
  const [kind, files] = images.length >= audio.length ? (['images', images] as const) : (['audio', audio] as const);
  if (files.length === 0) return null;
  const named = kind === 'audio' ? listByName(files) : null;
  return named ?? listByFolder(kind, files, folders);
}

function listByName(files: readonly Entry[]): Listing | null {
  const matches = files.map((entry) => SPOKEN.exec(baseName(entry.path)));
  const folders = new Set(files.map(({ path }) => path.split('/').slice(0, -1).join('/')));
  const named = matches.filter((match) => match !== null).length;
  // A few files of other names are strays; many mean that the names mean something else.
  if (folders.size > 1 || named < 2 || named < files.length * 0.9) return null;
  const classes = sortedNames(matches.flatMap((match) => (match ? [match[1]] : [])));
  const index = new Map(classes.map((name, i) => [name, i]));
  const samples: Listed[] = [];
  const strays: BrokenSample[] = [];
  files.forEach((entry, i) => {
    const match = matches[i];
    if (match) samples.push({ entry, label: index.get(match[1]) ?? 0, split: null, group: match[2] });
    else strays.push(stray(entry, 'its name is not CLASS_SPEAKER_NUMBER.wav'));
  });
  const speakers = new Set(samples.map(({ group }) => group)).size;
  return {
    kind: 'audio',
    classes,
    samples,
    strays,
    emptyClasses: [],
    found: [
      `${samples.length} recordings named CLASS_SPEAKER_NUMBER.wav, of ${classes.length} classes by ${speakers} speakers.`,
    ],
  };
}

const stray = ({ path }: Entry, why: string): BrokenSample => ({
  id: path,
  code: 'dataset.stray-file',
  reason: why,
});

const groupOf = (path: string): string | null => SPEAKER.exec(baseName(path))?.[1] ?? sessionOf(path);

function listByFolder(kind: 'images' | 'audio', files: readonly Entry[], folders: readonly string[]): Listing | null {
  const all = files.map(({ path }) => path.split('/'));
  // Pictures beside the class folders (a logo, a plot) say nothing about how the rest is laid out.
  const deepest = all.some((p) => p.length >= 2) ? all.filter((p) => p.length >= 2) : all;
  const depth = wrapping(deepest);
  const below = all.map((p) => p.slice(depth));
  const classed = below.filter((p) => p.length >= 2);
  if (classed.length === 0) return null;
  const inSplits = classed.filter((p) => p.length >= 3 && splitOf(p[0]) !== null).length > classed.length / 2;
  const classOf = (p: readonly string[]): string | null =>
    inSplits ? (p.length >= 3 && splitOf(p[0]) !== null ? p[1] : null) : p.length >= 2 ? p[0] : null;
  const classes = sortedNames(below.flatMap((p) => classOf(p) ?? []));
  const index = new Map(classes.map((name, i) => [name, i]));
  const samples: Listed[] = [];
  const strays: BrokenSample[] = [];
  files.forEach((entry, i) => {
    const name = all[i].length > depth ? classOf(below[i]) : null;
    if (name === null) {
      strays.push(stray(entry, inSplits ? 'it is not in a class of a split' : 'it is not in the folder of a class'));
      return;
    }
    const split = inSplits ? splitOf(below[i][0]) : null;
    samples.push({ entry, label: index.get(name) ?? 0, split, group: groupOf(entry.path) });
  });
  const what = kind === 'images' ? 'images' : 'recordings';
  const splits = [...new Set(below.flatMap((p) => (classOf(p) === null ? [] : [p[0]])))].sort().join(', ');
  const where = inSplits ? `folders ${splits}, then by class` : 'one folder for each class';
  return {
    kind,
    classes,
    samples,
    strays,
    emptyClasses: emptyClasses(folders, depth, inSplits, index),
    found: [`${samples.length} ${what} of ${classes.length} classes, in ${where}.`],
  };
}

/** Folders where a class's folder would stand, of classes that have no sample at all. */
function emptyClasses(
  folders: readonly string[],
  depth: number,
  inSplits: boolean,
  known: ReadonlyMap<string, number>,
): string[] {
  const level = depth + (inSplits ? 2 : 1);
  const names = folders
    .map((path) => path.split('/'))
    .filter((p) => p.length === level && (!inSplits || splitOf(p[depth]) !== null))
    .map((p) => p[level - 1]);
  return sortedNames(names.filter((name) => !known.has(name)));
}

/** Without repetition; numbers by value, the rest by letters, the same in every locale. */
function sortedNames(names: readonly string[]): string[] {
  return [...new Set(names)].sort((a, b) => {
    const [x, y] = [Number(a), Number(b)];
    if (Number.isFinite(x) && Number.isFinite(y) && x !== y) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  });
}
