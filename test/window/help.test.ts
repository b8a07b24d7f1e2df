import { describe, expect, it } from 'vitest';
import { errorsEnglish } from '../../renderer/help/errorsEnglish.ts';
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
