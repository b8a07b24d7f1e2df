import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StudioError } from '../contract/index.ts';
import { writeFailed, writeFileAtomic } from '../store/index.ts';

/** What a camera or a microphone gave, and where it stands now. */
export interface CapturedSample {
  /** Path below the dataset's folder, with a forward slash: `CLASS/FILE`. */
  readonly id: string;
  /** False where the very same bytes were there already. */
  readonly isNew: boolean;
}

export interface CaptureRequest {
  /** The dataset's folder; it is made where it is missing. */
  readonly folder: string;
  readonly className: string;
  /** A whole PNG, JPEG or WebP picture, or a whole WAV recording. */
  readonly bytes: Uint8Array;
  /**
   * One press of the record button. Pictures of one session look alike, so they have to stay in one split; the
   * session is part of the file's name. Letters and digits.
   */
  readonly session: string;
}

/** A camera's picture or ten minutes of sound are far below this. */
const LARGEST_SAMPLE = 64 * 2 ** 20;
/** Bytes of a folder's name; file systems take 255, and paths have an end, too. */
const LONGEST_NAME = 120;

/** Magic numbers: what the bytes are, whatever they were called. */
const formats: readonly { extension: string; sound: boolean; matches: (bytes: Uint8Array) => boolean }[] = [
  { extension: 'png', sound: false, matches: (b) => ascii(b, 1, 3) === 'PNG' && b[0] === 0x89 },
  { extension: 'jpg', sound: false, matches: (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff },
  { extension: 'webp', sound: false, matches: (b) => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 4) === 'WEBP' },
  { extension: 'wav', sound: true, matches: (b) => ascii(b, 0, 4) === 'RIFF' && ascii(b, 8, 4) === 'WAVE' },
];

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length));

const IMAGE = /\.(png|jpe?g|webp|bmp|gif)$/i;
const SOUND = /\.wav$/i;

const FORBIDDEN = '/\\:*?"<>|';
/** Names that Windows keeps for devices; a dataset should open on every system. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Words that readers take for a split, not for a class. */
const SPLIT_WORD = /^(train|training|validation|valid|val|dev|test|testing)$/i;

function refuse(code: string, message: string, remedy: string, details: Record<string, unknown> = {}): never {
  throw new StudioError({ code: `dataset.${code}`, message, remedy, details });
}

/** Throws `dataset.bad-class-name` where `name` cannot be a class and a folder on every system. */
export function checkClassName(name: string): void {
  const why =
    name.trim() === ''
      ? 'it is empty'
      : name !== name.trim() || name.endsWith('.')
        ? 'it begins or ends with a space, or ends with a dot'
        : name.startsWith('.')
          ? 'it begins with a dot, and such folders are hidden'
          : [...name].some((letter) => letter < ' ' || FORBIDDEN.includes(letter))
            ? 'it holds one of / \\ : * ? " < > |, or a control character'
            : RESERVED.test(name)
              ? 'Windows keeps this name for a device'
              : SPLIT_WORD.test(name)
                ? 'folders of this name are taken for a split'
                : Buffer.byteLength(name) > LONGEST_NAME
                  ? `it is longer than ${LONGEST_NAME} bytes`
                  : null;
  if (why !== null) {
    refuse(
      'bad-class-name',
      `“${name}” cannot be the name of a class: ${why}.`,
      'Choose a short name of letters, digits, spaces, hyphens.',
      { name },
    );
  }
}

/** Throws `dataset.link-outside` where the class's folder is a link that leads out of the dataset. */
function checkInside(folder: string, classFolder: string, className: string): void {
  const root = realpathSync(folder);
  if (realpathSync(classFolder) === join(root, className)) return;
  refuse(
    'link-outside',
    `The folder of the class ${className} is a link that leads elsewhere.`,
    'Replace the link by a folder, or record under another name.',
    { className },
  );
}

/**
 * Adds one recorded sample to a dataset's folder, so that a kill at any moment leaves a whole file or none. The file is
 * named after its session and its content: the same bytes are kept once.
 *
 * @throws StudioError `dataset.bad-class-name`, `dataset.bad-session`, `dataset.unknown-format`,
 *   `dataset.sample-too-large`, `dataset.mixed-kinds`, `dataset.link-outside`, `store.write-failed`
 */
export function captureSample({ folder, className, bytes, session }: CaptureRequest): CapturedSample {
  checkClassName(className);
  if (!/^[a-z0-9]{1,32}$/i.test(session)) {
    refuse('bad-session', `“${session}” is not a session of recording.`, 'Use up to 32 letters and digits.');
  }
  if (bytes.length > LARGEST_SAMPLE) {
    refuse(
      'sample-too-large',
      `The sample has ${bytes.length} bytes; ${LARGEST_SAMPLE} is the most.`,
      'Record a shorter or a smaller one.',
      { bytes: bytes.length },
    );
  }
  const format = formats.find(({ matches }) => matches(bytes));
  if (!format) {
    return refuse(
      'unknown-format',
      `The recorded ${bytes.length} bytes are neither PNG, JPEG, WebP nor WAV.`,
      'Record again; if it happens again, report it.',
      { bytes: bytes.length },
    );
  }
  const classFolder = join(folder, className);
  try {
    mkdirSync(classFolder, { recursive: true });
  } catch (error) {
    throw writeFailed(classFolder, error);
  }
  checkInside(folder, classFolder, className);
  checkKind(folder, format.sound);
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 24);
  const twin = readdirSync(classFolder).find((name) => name.endsWith(`-${digest}.${format.extension}`));
  if (twin !== undefined) return { id: `${className}/${twin}`, isNew: false };
  const name = `rec-${session}-${digest}.${format.extension}`;
  writeFileAtomic(join(classFolder, name), bytes);
  return { id: `${className}/${name}`, isNew: true };
}

/** A dataset holds pictures or sound, never both. */
function checkKind(folder: string, sound: boolean): void {
  const strange = sound ? IMAGE : SOUND;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const odd = readdirSync(join(folder, entry.name)).find((name) => strange.test(name));
    if (odd === undefined) continue;
    refuse(
      'mixed-kinds',
      `This dataset holds ${sound ? 'pictures' : 'recordings'} (${entry.name}/${odd}), so ${sound ? 'sound' : 'a picture'} cannot be added.`,
      'Start another dataset for it.',
      { example: `${entry.name}/${odd}` },
    );
  }
}

/** Takes a recorded sample away again. Throws `dataset.not-captured` for anything that was not recorded here. */
export function discardSample(folder: string, id: string): void {
  const [className = '', name = '', ...rest] = id.split('/');
  checkClassName(className);
  const file = join(folder, className, name);
  const recorded = rest.length === 0 && /^rec-[a-z0-9]{1,32}-[0-9a-f]{24}\.(png|jpg|webp|wav)$/i.test(name);
  if (!recorded || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
    refuse(
      'not-captured',
      `${id} is no sample that was recorded into this dataset.`,
      'Delete other files with the file manager.',
      { id },
    );
  }
  checkInside(folder, join(folder, className), className);
  rmSync(file);
}

/** How many samples each class of a folder holds by now, the classes in the order of the alphabet. */
export function countCaptured(folder: string): { name: string; count: number }[] {
  const present = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!present) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => ({
      name,
      count: readdirSync(join(folder, name)).filter((file) => IMAGE.test(file) || SOUND.test(file)).length,
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The session of a recorded file's name; null for files of another origin. */
export const sessionOf = (path: string): string | null =>
  /^rec-([a-z0-9]{1,32})-[0-9a-f]{24}\.\w+$/i.exec(path.slice(path.lastIndexOf('/') + 1))?.[1] ?? null;
