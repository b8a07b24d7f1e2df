import { basename } from 'node:path';
import type { PackedProject, ReportProgress } from '../../contract/index.ts';
import { answerTask } from '../threads/index.ts';
import { unreadable } from './errors.ts';
import { manifestName, manifestText, projectInfo, type Manifest, type StoredReference } from './manifest.ts';
import type { PackTask } from './pack.ts';
import { filesAt, type FoundFile } from './paths.ts';
import { ZipFile } from './zipFile.ts';

/** What only its process needs, and what a kill left behind. */
const notPacked = /^run\.lock|\.tmp$/;

interface Planned {
  readonly path: string;
  readonly file: FoundFile;
}

function listed(root: string): FoundFile[] {
  try {
    return filesAt(root);
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'syscall' in error) throw unreadable(root, error);
    throw error;
  }
}

function pack(task: PackTask, onProgress: ReportProgress): Omit<PackedProject, 'leftOut'> {
  const planned: Planned[] = task.runs.flatMap(({ id, folder }) =>
    listed(folder)
      .filter(({ path }) => !notPacked.test(path))
      .map((file) => ({ path: `runs/${id}/${file.path}`, file })),
  );
  const references: StoredReference[] = task.references.map(({ kind, original, source }, index) => {
    if (source === null) return { kind, original, copied: false, bytes: 0, stored: null };
    const files = listed(source);
    const stored = `files/${index}/${basename(source)}`;
    planned.push(...files.map((file) => ({ path: file.path === '' ? stored : `${stored}/${file.path}`, file })));
    return { kind, original, copied: true, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), stored };
  });

  const zip = new ZipFile(task.target, task.temporary);
  const total = planned.reduce((sum, { file }) => sum + file.bytes, 0);
  let done = 0;
  for (const { path, file } of planned) {
    zip.addFile(path, file.absolute, file.bytes);
    done += file.bytes;
    onProgress({ stage: 'packing', done, total, remainingMs: null });
  }
  const manifest: Omit<Manifest, 'app'> = { ...task.head, references, files: [...zip.files] };
  zip.add(manifestName, new TextEncoder().encode(manifestText(manifest)));
  zip.finish();
  return { ...projectInfo({ ...manifest, app: 'MCUNet Studio' }, zip.bytes), path: task.target };
}

answerTask(pack);
