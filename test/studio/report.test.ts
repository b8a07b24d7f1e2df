import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../main/contract/index.ts';
import { reportHtml } from '../../main/studio/report/index.ts';
import { reportFixture } from './reportFixture.ts';

const page = reportHtml(reportFixture());

describe('the report', () => {
  it('is what its schema says', () => {
    expect(reportSchema.safeParse(reportFixture()).success).toBe(true);
  });

  it('needs no script and nothing from outside', () => {
    expect(page).not.toMatch(/<script/i);
    expect(page).not.toMatch(/\b(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?\/\//i);
    expect(page).toContain("default-src 'none'");
  });

  it('has every part', () => {
    for (const id of [
      'samples',
      'training',
      'confusion',
      'latency',
      'planned',
      'linked',
      'model',
      'steps',
      'environment',
    ])
      expect(page).toContain(`<section id="${id}"`);
  });

  it('leaves out the parts that a run did not have', () => {
    const plain = reportHtml({ ...reportFixture(), training: null, evaluation: null, profile: null });
    for (const id of ['samples', 'training', 'confusion', 'latency'])
      expect(plain).not.toContain(`<section id="${id}"`);
    expect(plain).not.toMatch(/undefined|NaN/);
  });

  it('escapes what comes from a model or a dataset', () => {
    expect(page).toContain('road-signs &lt;b&gt;net&lt;/b&gt;');
    expect(page).not.toContain('<b>net</b>');
  });

  it('calls times of a virtual board estimates, beside the counted instructions', () => {
    expect(page).toContain('Latency, estimated');
    expect(page).toContain('estimated cycles');
    expect(page).toContain('instructions, counted');
    const measured = { ...reportFixture(), profile: { ...reportFixture().profile!, estimated: false } };
    expect(reportHtml(measured)).not.toContain('Latency, estimated');
  });

  it('has no number that is none', () => {
    expect(page).not.toMatch(/undefined|NaN|Infinity|\[object/);
  });

  it('says it when board and interpreter differ', () => {
    const { evaluation } = reportFixture();
    const differing = { ...evaluation!, agreement: { compared: 500, equal: 499, differing: ['a'] } };
    expect(reportHtml({ ...reportFixture(), evaluation: differing })).toContain(
      'differs from the reference interpreter on 1 of 500',
    );
  });
});
