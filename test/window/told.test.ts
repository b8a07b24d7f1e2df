import { describe, expect, it } from 'vitest';
import { stages, type StepRecord } from '../../main/contract/index.ts';
import { translationFor } from '../../renderer/i18n/index.ts';
import { stageWord } from '../../renderer/i18n/stages.ts';
import { stepTitle } from '../../renderer/i18n/steps.ts';

/** What the service tells in its own language, as a window in another one says it. */
const { t } = translationFor('de');

describe('a step', () => {
  const step = (name: string, title: string, more: Partial<StepRecord> = {}): StepRecord => ({
    name,
    title,
    state: 'done',
    inputHash: null,
    startedAt: null,
    finishedAt: null,
    reused: false,
    note: null,
    stages: [],
    ...more,
  });

  it('is named in the window’s language, and as it was recorded in the service’s', () => {
    expect(stepTitle(step('judge', 'Comparing int8 with float'), 'de')).toBe('int8 mit float vergleichen');
    expect(stepTitle(step('profile', 'Measuring on NUCLEO-F401RE'), 'en')).toBe('Measuring on NUCLEO-F401RE');
  });

  it('of a part of a job says whose it is, where an older record names the board’s id alone too', () => {
    const part = 'NUCLEO-F401RE';
    expect(stepTitle(step('train@f401', 'x (NUCLEO-F401RE)', { part }), 'de')).toBe('Netz trainieren (NUCLEO-F401RE)');
    expect(stepTitle(step('train@f401', 'x (NUCLEO-F401RE)'), 'de')).toBe('Netz trainieren (f401)');
  });

  it.each(['cell-003', 'of-another-version', 'constructor'])('without words for it is as recorded: %s', (name) => {
    expect(stepTitle(step(name, 'As it was'), 'de')).toBe('As it was');
  });
});

describe('a stage', () => {
  it('has words of its own in the window’s language', () => {
    for (const stage of stages) expect(stageWord(stage, t)).not.toBe(stage);
    expect(stageWord('cell 3 of 12', t)).toBe('Zelle 3 von 12');
  });

  it('of an older version is as recorded', () => {
    expect(stageWord('drawing road signs', t)).toBe('drawing road signs');
  });
});
