import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StudioError, type OpenedProject, type ReportProgress } from '../../contract/index.ts';
import { migrateDocument, readRecord, writeFailed, writeFileAtomic } from '../../store/index.ts';
import { answerTask } from '../threads/index.ts';
import { damaged, inProjectsWords, notAProject } from './errors.ts';
import { openProjectFile, type Manifest, type OpenProject, type StoredFile } from './manifest.ts';
import type { OpenTask } from './open.ts';
import { isOnDisk, withMoved } from './references.ts';

/** What does not shrink grows a little when it is packed. */
const packingOverhead = 1024;
/** Left free for what else is being written. */
const spareBytes = 64 * 2 ** 20;

function open(task: OpenTask, onProgress: ReportProgress): OpenedProject {
  const project = openProjectFile(task.path);
  try {
    return bring(task, project, onProgress);
  } finally {
    project.container.close();
  }
}

function bring(task: OpenTask, project: OpenProject, onProgress: ReportProgress): OpenedProject {
  const { manifest } = project;
  const alreadyThere = manifest.runs.map(({ id }) => id).filter((id) => task.present.includes(id));
  const opened = manifest.runs.map(({ id }) => id).filter((id) => !task.present.includes(id));
  const filesFolder = folderOfFiles(task, manifest);
  const wanted = manifest.files.filter(({ path }) => isWanted(path, opened, filesFolder));

  requireSpace(task, wanted);
  unpack(task, project, wanted, onProgress);

  const moved = movedPaths(manifest, filesFolder);
  for (const id of opened) pointToMoved(task, id, moved);
  if (filesFolder !== null && !existsSync(filesFolder)) place(join(task.unpackFolder, 'files'), filesFolder);
  for (const id of opened) place(join(task.unpackFolder, 'runs', id), join(task.runsFolder, id));
  return {
    name: manifest.name,
    opened,
    alreadyThere,
    filesFolder,
    missing: manifest.references
      .filter(({ copied, kind, original }) => !copied && isOnDisk(kind, original) && !existsSync(original))
      .map(({ kind, original, copied, bytes }) => ({ kind, original, copied, bytes })),
    settings: manifest.settings,
  };
}

/** Named after the content, so that a project that is opened twice has its files once. Null where it has none. */
function folderOfFiles({ projectsFolder }: OpenTask, { name, files }: Manifest): string | null {
  const copies = files.filter(({ path }) => path.startsWith('files/'));
  if (copies.length === 0) return null;
  const hash = createHash('sha256');
  for (const { path, sha256 } of copies) hash.update(`${path}\0${sha256}\n`);
  const readable =
    name
      .replace(/[^\p{L}\p{N} _-]+/gu, '-')
      .slice(0, 60)
      .trim() || 'project';
  return join(projectsFolder, `${readable} ${hash.digest('hex').slice(0, 12)}`);
}

function isWanted(path: string, opened: readonly string[], filesFolder: string | null): boolean {
  if (path.startsWith('files/')) return filesFolder !== null && !existsSync(filesFolder);
  const [, id] = /^runs\/([^/]+)\/./.exec(path) ?? [];
  return id !== undefined && opened.includes(id);
}

function requireSpace({ unpackFolder, path }: OpenTask, wanted: readonly StoredFile[]): void {
  const needed = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = statfsSync(unpackFolder);
  const free = bavail * bsize;
  if (needed + spareBytes <= free) return;
  const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  throw new StudioError({
    code: 'project.no-space',
    message: `${path} unpacks to ${mib(needed)}, and this disk has ${mib(free)} left.`,
    remedy: 'Free some space, or open it in a workspace on another disk.',
    details: { path, neededBytes: needed, freeBytes: free },
  });
}

function unpack(
  { path: file, unpackFolder }: OpenTask,
  { container }: OpenProject,
  wanted: readonly StoredFile[],
  onProgress: ReportProgress,
): void {
  const entries = new Map(container.entries.map((entry) => [entry.path, entry]));
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  for (const { path, bytes, sha256 } of wanted) {
    const entry = entries.get(path);
    if (entry === undefined || entry.bytes !== bytes) throw damaged(file, `${path} is missing or of another size`);
    const content = inProjectsWords(file, () => container.read(entry, bytes + packingOverhead));
    if (createHash('sha256').update(content).digest('hex') !== sha256)
      throw damaged(file, `${path} is not what was packed`);
    write(join(unpackFolder, path), content);
    done += bytes;
    onProgress({ stage: 'unpacking', done, total, remainingMs: null });
  }
}

/** Never over something: two names that this disk takes for one are refused. */
function write(file: string, content: Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    const descriptor = openSync(file, 'wx');
    try {
      for (let at = 0; at < content.length;) at += writeSync(descriptor, content, at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw writeFailed(file, error);
  }
}

/** Where each thing that the runs were made from lies now. */
function movedPaths({ references }: Manifest, filesFolder: string | null): ReadonlyMap<string, string> {
  const moved = new Map<string, string>();
  for (const { original, stored } of references)
    if (stored !== null && filesFolder !== null) moved.set(original, join(filesFolder, ...stored.split('/').slice(1)));
  return moved;
}

/** A run's parameters are what a resumed job starts from. */
function pointToMoved({ path, unpackFolder }: OpenTask, id: string, moved: ReadonlyMap<string, string>): void {
  const folder = join(unpackFolder, 'runs', id);
  const file = join(folder, 'run.json');
  if (!existsSync(file)) throw damaged(path, `the run ${id} has no run.json`);
  const record = readRecord(folder);
  if (record.id !== id) throw notAProject(path, `the run ${id} calls itself ${JSON.stringify(record.id)}`);
  const document = migrateDocument(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>, file);
  const changed = { ...document, params: withMoved(record.params, moved) };
  writeFileAtomic(file, `${JSON.stringify(changed, null, 2)}\n`);
}

function place(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    throw writeFailed(to, error);
  }
}

answerTask(open);
