import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report, RunRecord } from '../../main/contract/index.ts';
import { newRecord } from '../../main/store/index.ts';

type Written = Pick<RunRecord, 'id' | 'kind' | 'title'> & Partial<RunRecord>;

/** Puts a run into a workspace as if it had been done there, with its report if there is one. */
export function writeRun(workspace: string, run: Written, report?: Report): void {
  const { id, kind, title } = run;
  const folder = join(workspace, 'runs', id);
  mkdirSync(folder, { recursive: true });
  const artefacts: RunRecord['artefacts'] = [];
  if (report !== undefined) {
    const text = JSON.stringify({ ...report, runId: id });
    const sha256 = createHash('sha256').update(text).digest('hex');
    writeFileSync(join(folder, 'report.json'), text);
    artefacts.push({ name: 'report.json', file: 'report.json', bytes: text.length, sha256, step: 'report' });
  }
  const record = { ...newRecord({ kind, title, params: { kind } }, 1.7e12), state: 'done' as const, ...run, artefacts };
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ format: 1, ...record }));
}
