import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LongCall, PackedProject, RunRecord } from '../../contract/index.ts';
import { isRunHeld, type Workspace } from '../../store/index.ts';
import { doInThread } from '../threads/index.ts';
import { studioVersion } from '../version.ts';
import type { Manifest } from './manifest.ts';
import { isOnDisk, referencesOf } from './references.ts';

export interface PackRequest {
  readonly path: string;
  readonly name: string;
  /** Absent: all that are not being done. */
  readonly runIds?: readonly string[] | undefined;
  readonly datasets: 'reference' | 'copy';
}

/** One thing outside of the workspace, and whether its content is to be copied. */
interface ReferenceTask {
  readonly kind: Manifest['references'][number]['kind'];
  readonly original: string;
  readonly source: string | null;
}

export interface PackTask {
  readonly target: string;
  readonly temporary: string;
  readonly head: Pick<Manifest, 'name' | 'packedAt' | 'packedBy' | 'runs' | 'settings'>;
  /** The folder of each run. */
  readonly runs: readonly { readonly id: string; readonly folder: string }[];
  readonly references: readonly ReferenceTask[];
}

/**
 * Packs runs of a workspace, its settings, and what the runs were made from into one file.
 *
 * @throws StudioError `store.no-run`, `project.unreadable`, `project.too-large`, `project.link-outside`, `store.write-failed`
 */
export async function packProject(
  workspace: Workspace,
  { path, name, runIds, datasets }: PackRequest,
  { onProgress, signal = new AbortController().signal }: LongCall = {},
): Promise<PackedProject> {
  const target = resolve(path);
  const wanted = runIds ?? (await everyRun(workspace));
  const leftOut = wanted.filter((id) => isRunHeld(workspace.folderOf(id)));
  const records = wanted.filter((id) => !leftOut.includes(id)).map((id) => workspace.readRun(id));
  const task: PackTask = {
    target,
    temporary: `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`,
    head: {
      name,
      packedAt: Date.now(),
      packedBy: studioVersion(),
      runs: records.map(headOf),
      settings: workspace.settings,
    },
    runs: records.map(({ id }) => ({ id, folder: workspace.folderOf(id) })),
    references: referencesIn(records, datasets === 'copy'),
  };
  try {
    const packed = await doInThread<PackTask, Omit<PackedProject, 'leftOut'>>(
      'pack.worker',
      import.meta.url,
      task,
      signal,
      onProgress,
    );
    return { ...packed, leftOut };
  } finally {
    rmSync(task.temporary, { force: true });
  }
}

async function everyRun(workspace: Workspace): Promise<string[]> {
  const ids: string[] = [];
  const page = 1000;
  for (;;) {
    const { total, runs } = await workspace.listRuns({ offset: ids.length, limit: page, sortBy: 'createdAt' });
    ids.push(...runs.map(({ id }) => id));
    if (runs.length === 0 || ids.length >= total) return ids;
  }
}

function headOf({ id, title, kind, state, createdAt, boardId, model, dataset }: RunRecord): Manifest['runs'][number] {
  return { id, title, kind, state, createdAt, boardId, model, dataset };
}

/** Each thing once, however many runs were made from it. */
function referencesIn(records: readonly RunRecord[], copyDatasets: boolean): ReferenceTask[] {
  const found = new Map<string, ReferenceTask>();
  for (const { kind, original } of records.flatMap(({ params }) => referencesOf(params))) {
    const wanted = isOnDisk(kind, original) && (kind !== 'dataset' || copyDatasets);
    const source = resolve(original);
    found.set(original, { kind, original, source: wanted && existsSync(source) ? source : null });
  }
  return [...found.values()];
}
