import { describe, expect, it } from 'vitest';
import { noFigures, type RunSummary } from '../../main/contract/index.ts';
import { listReferences } from '../../main/studio/references.ts';
import { tableFile, type Table } from '../../main/studio/report/index.ts';
import { runsTable } from '../../main/studio/service/runsTable.ts';

const table: Table = {
  title: 'A | <title>',
  notes: ['Note & note.'],
  columns: [
    { key: 'name', title: 'Name' },
    { key: 'latencyMs', title: 'Latency', format: (value) => `${value.toFixed(1)} ms` },
  ],
  rows: [
    ['plain', 1.25],
    ['with "quotes", and\nlines', null],
    ['=1+1', 2],
    ['a | b <script>', 3],
  ],
};

describe('a table to take away', () => {
  it('is CSV after RFC 4180, with numbers as they are and no formulas', () => {
    const { text, file, mediaType } = tableFile(table, 'csv', 'runs');
    expect([file, mediaType]).toEqual(['runs.csv', 'text/csv']);
    const lines = ['name,latencyMs', 'plain,1.25', '"with ""quotes"", and\nlines",', "'=1+1,2", 'a | b <script>,3', ''];
    expect(text).toBe(lines.join('\r\n'));
  });

  it('is JSON with an object a row', () => {
    const { rows } = JSON.parse(tableFile(table, 'json').text) as { rows: unknown[] };
    expect(rows[0]).toEqual({ name: 'plain', latencyMs: 1.25 });
    expect(rows).toHaveLength(4);
  });

  it('is Markdown whose cells cannot break the table', () => {
    const { text } = tableFile(table, 'md');
    expect(text).toContain('| a \\| b <script> | 3.0 ms |');
    expect(text).toContain('| with "quotes", and lines | – |');
    expect(text).toContain('|---|---:|');
  });

  it('is one HTML page that runs nothing and asks for nothing', () => {
    const { text } = tableFile(table, 'html');
    expect(text).not.toMatch(/<script/i);
    expect(text).toContain('a | b &lt;script&gt;');
    expect(text).toContain("default-src 'none'");
    expect(text).toContain('Note &amp; note.');
  });
});

describe('a table of runs', () => {
  const run: RunSummary = {
    id: 'profile-1',
    kind: 'profile',
    title: 'Profile kws',
    state: 'done',
    createdAt: 0,
    updatedAt: 0,
    finishedAt: 0,
    boardId: 'virtual-stm32f405',
    model: 'kws',
    dataset: null,
    figures: { ...noFigures, latencyMs: 22.8, latencyEstimated: true },
  };
  const references = listReferences();

  it('has the chosen columns, and always says where a latency is from', () => {
    const { columns, rows } = runsTable([run], ['title', 'latencyMs'], []);
    expect(columns.map(({ key }) => key)).toEqual(['title', 'latencyMs', 'latencyOrigin', 'source']);
    expect(rows).toEqual([['Profile kws', 22.8, 'estimated', 'run profile-1']]);
  });

  it('sets published figures below, labelled as published, with their source', () => {
    const { rows, notes } = runsTable([run], ['title', 'kind', 'latencyMs'], references);
    expect(rows).toHaveLength(1 + references.length);
    for (const [, kind, , origin, source] of rows.slice(1)) {
      expect([kind, String(origin).startsWith('published')]).toEqual(['published', true]);
      expect(String(source).length).toBeGreaterThan(10);
    }
    expect(notes.join(' ')).toContain('not measured here');
  });

  it('holds published figures that agree with themselves: cycles are latency times clock, to the digits given', () => {
    expect(references.length).toBeGreaterThan(50);
    expect(new Set(references.map(({ id }) => id)).size).toBe(references.length);
    for (const { latencyMs, megacycles, clockHz, id } of references)
      if (latencyMs !== null && megacycles !== null)
        expect([id, Math.abs((latencyMs * clockHz) / 1e9 / megacycles - 1) < 0.01]).toEqual([id, true]);
  });
});
