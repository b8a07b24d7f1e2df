import { createContext, useContext } from 'react';
import { de } from './de.ts';
import { en, type MessageKey } from './en.ts';
import { formatsFor, type Formats } from './format.ts';

export type { MessageKey } from './en.ts';

export const languages = { en, de } as const;
export type Language = keyof typeof languages;

export interface Translation extends Formats {
  readonly language: Language;
  /** The message under a key, with `{name}` replaced by the value of that name. */
  readonly t: (key: MessageKey, values?: Readonly<Record<string, string | number>>) => string;
}

export function translationFor(language: Language): Translation {
  const messages = languages[language];
  return {
    language,
    ...formatsFor(language),
    t: (key, values = {}) =>
      messages[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
  };
}

const TranslationContext = createContext<Translation>(translationFor('en'));
export const TranslationProvider = TranslationContext.Provider;
export const useTranslation = (): Translation => useContext(TranslationContext);

/** The first of the browser's languages that we speak. */
export function preferredLanguage(asked: readonly string[]): Language {
  const spoken = asked.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in languages);
  return (spoken as Language | undefined) ?? 'en';
}
