import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../main/contract/index.ts';
import { reportHtml } from '../../main/studio/report/index.ts';
import { reportFixture, searchFixture } from './reportFixture.ts';

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

  it('shows how a network was searched for: the front, the promise, the boards, the spaces', () => {
    expect(page).not.toContain('<section id="search"');
    const searched = reportHtml({ ...reportFixture(), search: searchFixture() });
    const part = /<section id="search"[^]*?<\/section>/.exec(searched)?.[0] ?? '';
    // Of the front six networks, and the two spaces of which something fits.
    expect(part.match(/<circle/g)).toHaveLength(6 + 2);
    expect(part).toContain('240 networks of the space <code>w0.8-r32</code>');
    expect(part).toContain('after 0.6 passes over the training split alone');
    expect(part).toContain('class="limit"');
    for (const caption of ['One supernet, specialised', 'Search spaces', 'What the search promised', 'The front'])
      expect(part, caption).toContain(caption);
    expect(part).toContain('not plugged in');
    expect(part).toContain('43.1 ms, estimated');
    expect(searched).not.toMatch(/undefined|NaN|Infinity|\[object/);
    const beyond = { ...searchFixture(), front: searchFixture().front.slice(5), beyond: 'It needs 99 bytes of SRAM.' };
    const wider = reportHtml({ ...reportFixture(), search: beyond });
    expect(wider).toContain('cannot keep a limit of memory: It needs 99 bytes of SRAM.');
    expect(wider).not.toMatch(/undefined|NaN|Infinity|\[object/);
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
