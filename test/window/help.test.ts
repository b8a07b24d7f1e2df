import { describe, expect, it } from 'vitest';
import { errorsEnglish } from '../../renderer/help/errorsEnglish.ts';
import { explained, wholeStory } from '../../renderer/help/explained.ts';
import { findTopics, help } from '../../renderer/help/topics.ts';
import { errorCodes } from '../support/errorCodes.ts';

describe('the help', () => {
  it('explains every error code that the source can tell, and no other', () => {
    expect(Object.keys(errorsEnglish).sort()).toEqual(errorCodes());
  });

  it('finds exactly one topic for a code in full, in both languages', () => {
    for (const code of errorCodes()) {
      expect(findTopics(help.en, code), code).toHaveLength(1);
      expect(findTopics(help.de, code), code).toHaveLength(1);
    }
  });

  it('finds topics by words, wherever they stand', () => {
    expect(findTopics(help.en, 'cable data').map(({ title }) => title)).toContain('Plugging in a board');
    expect(findTopics(help.en, 'no such words anywhere')).toEqual([]);
  });
});

describe('an error', () => {
  const report = (code: string) => ({ code, message: 'a.csv has 3 rows.', remedy: 'Give it 4.', details: {} });

  it('is told in the service’s words where the window speaks its language', () => {
    const said = { cause: 'a.csv has 3 rows.', remedy: 'Give it 4.', original: null };
    expect(explained(report('dataset.csv-short'), 'en')).toEqual(said);
  });

  it('is told in the window’s language elsewhere, and nothing that the service said is lost', () => {
    expect(explained(report('dataset.csv-short'), 'de')).toEqual({
      cause: 'Die Tabelle hat weniger Zeilen als ein Fenster.',
      remedy: 'Wähle ein kleineres Fenster oder mehr Daten.',
      original: 'a.csv has 3 rows. Give it 4.',
    });
    for (const code of errorCodes()) {
      const said = explained(report(code), 'de');
      expect(wholeStory(said), code).toContain('a.csv has 3 rows. Give it 4.');
      for (const sentence of [said.cause, said.remedy].filter(Boolean)) expect(sentence, code).toMatch(/[.!?]$/);
    }
  });

  it.each(['of.a-later-version', 'constructor', '__proto__'])(
    'without an explanation speaks for itself: %s',
    (code) => {
      expect(explained(report(code), 'de')).toEqual(explained(report(code), 'en'));
    },
  );
});
