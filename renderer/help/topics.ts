import type { Language } from '../i18n/index.ts';
import { errorsEnglish, type ErrorCode } from './errorsEnglish.ts';
import { errorsGerman } from './errorsGerman.ts';
import { german } from './german.ts';
import { english } from './english.ts';

export const sections = ['steps', 'boards', 'errors', 'keys', 'codes'] as const;
export type Section = (typeof sections)[number];

/** One thing to look up. */
export interface Topic {
  readonly section: Section;
  readonly title: string;
  readonly text: string;
  /** Typed text that belongs to it: a key, the start of an error code, a command. */
  readonly code?: string;
}

/** All of the help, in each language of the window: it is in the package, so it is there without a network. */
export const help: Readonly<Record<Language, readonly Topic[]>> = {
  en: [...english, ...codeTopics(errorsEnglish)],
  de: [...german, ...codeTopics(errorsGerman)],
};

function codeTopics(errors: Readonly<Record<ErrorCode, string>>): Topic[] {
  return Object.entries(errors).map(([code, text]) => ({ section: 'codes', title: code, text }));
}

/** The topics that hold every word of the query somewhere, in the order in which they stand. */
export function findTopics(topics: readonly Topic[], query: string): readonly Topic[] {
  // A code that is typed or linked in full means itself and nothing else.
  const exactly = topics.filter(({ section, title }) => section === 'codes' && title === query.trim());
  if (exactly.length > 0) return exactly;
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return topics.filter(({ title, text, code = '' }) => {
    const all = `${title} ${text} ${code}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
