import { StudioError } from '../contract/index.ts';

/** A dataset's text form, taken apart: `PATH?key=value&…` or `generated:NAME?key=value&…`. */
export interface DatasetSpec {
  readonly source: 'path' | 'generated';
  /** The path as given, or the generated set's name. */
  readonly target: string;
  readonly options: ReadonlyMap<string, string>;
}

const GENERATED = 'generated:';
/** A question mark starts options only where what follows looks like them: paths may hold question marks, too. */
const OPTIONS = /\?(?=[a-z]+=[^?]*$)/i;

export function parseDatasetSpec(text: string): DatasetSpec {
  const at = text.search(OPTIONS);
  const target = at < 0 ? text : text.slice(0, at);
  const options = new Map<string, string>();
  for (const pair of at < 0 ? [] : text.slice(at + 1).split('&')) {
    const [key, ...value] = pair.split('=');
    options.set(key, decode(value.join('=')));
  }
  return target.startsWith(GENERATED)
    ? { source: 'generated', target: target.slice(GENERATED.length), options }
    : { source: 'path', target, options };
}

/** Percent signs that encode nothing mean themselves. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Options as numbers and words, each read once; `finish` refuses what nobody asked for. */
export class SpecOptions {
  readonly #text: string;
  readonly #options: Map<string, string>;
  readonly #known: string[] = [];

  constructor(text: string, spec: DatasetSpec) {
    this.#text = text;
    this.#options = new Map(spec.options);
  }

  #take(key: string): string | undefined {
    this.#known.push(key);
    const value = this.#options.get(key);
    this.#options.delete(key);
    return value;
  }

  /** A whole number from `least` to `most`; `fallback` where it is not given. Throws `dataset.bad-option`. */
  whole<T>(key: string, least: number, most: number, fallback: T): number | T {
    const value = this.#take(key);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (Number.isInteger(number) && number >= least && number <= most) return number;
    throw this.#bad(key, `${key}=${value} is not a whole number from ${least} to ${most}`);
  }

  flag(key: string): boolean {
    const value = this.#take(key);
    if (value === undefined || value === '0' || value === 'no') return false;
    if (value === '1' || value === 'yes' || value === '') return true;
    throw this.#bad(key, `${key}=${value} is neither yes nor no`);
  }

  word(key: string): string | null {
    return this.#take(key) ?? null;
  }

  /** One of `words`, the first of them where it is not given. Throws `dataset.bad-option`. */
  choice<T extends string>(key: string, words: readonly [T, ...T[]]): T {
    const value = this.#take(key);
    if (value === undefined) return words[0];
    const word = words.find((w) => w === value);
    if (word !== undefined) return word;
    throw this.#bad(key, `${key}=${value} is none of ${words.join(', ')}`);
  }

  finish(): void {
    const [stranger] = this.#options.keys();
    if (stranger !== undefined) throw this.#bad(stranger, `there is no option ${stranger}`);
  }

  #bad(key: string, why: string): StudioError {
    return new StudioError({
      code: 'dataset.bad-option',
      message: `The dataset ${this.#text} cannot be opened: ${why}.`,
      remedy: `Options that this dataset takes: ${[...new Set(this.#known)].join(', ')}.`,
      details: { option: key },
    });
  }
}
