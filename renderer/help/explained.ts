import type { ErrorReport } from '../../main/contract/index.ts';
import type { Language } from '../i18n/index.ts';
import { errorsGerman } from './errorsGerman.ts';

/** An error as a window says it. */
export interface Explained {
  /** One sentence. */
  readonly cause: string;
  /** Empty where the cause says it all. */
  readonly remedy: string;
  /** The service's own words, with all names and numbers, where cause and remedy are in another language than these. */
  readonly original: string | null;
}

/** What codes mean, in the languages that the service does not speak. */
const meanings: Partial<Record<Language, Readonly<Record<string, string>>>> = { de: errorsGerman };

const sentenceEnd = /(?<=[.!?]) (?=[\p{Lu}„])/u;

/** The service speaks English: elsewhere the help's sentences for the code come first, and its own stay as details. */
export function explained({ code, message, remedy }: ErrorReport, language: Language): Explained {
  const known = meanings[language];
  const meaning = known !== undefined && Object.hasOwn(known, code) ? known[code] : undefined;
  if (meaning === undefined) return { cause: message, remedy, original: null };
  const [cause = meaning, ...rest] = meaning.split(sentenceEnd);
  return { cause, remedy: rest.join(' '), original: `${message} ${remedy}` };
}

/** All of it in one text. */
export const wholeStory = ({ cause, remedy, original }: Explained): string =>
  [cause, remedy, original].filter(Boolean).join(' ');
