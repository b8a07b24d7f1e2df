import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LongCall, OpenedProject, ProjectInfo } from '../../contract/index.ts';
import { lockOrThrow, makeFolder, type Workspace } from '../../store/index.ts';
import { doInThread } from '../threads/index.ts';
import { openProjectFile, projectInfo } from './manifest.ts';

/** Folders in which a project is unpacked begin so; what is found of them later was left behind by a kill. */
const unpackingPrefix = 'opening-';

export interface OpenTask {
  readonly path: string;
  /** An empty folder on the same disk as the workspace. */
  readonly unpackFolder: string;
  readonly runsFolder: string;
  /** Runs that are not to be touched. */
  readonly present: readonly string[];
  /** Where copies of datasets and models go, each project into a folder of its own. */
  readonly projectsFolder: string;
}

/** What is in a project file. @throws StudioError of `openProjectFile` */
export function inspectProject(path: string): ProjectInfo {
  const file = resolve(path);
  const { container, manifest } = openProjectFile(file);
  container.close();
  return projectInfo(manifest, statSync(file).size);
}

/**
 * Brings the runs and files of a project into a workspace. Everything is unpacked and checked beside the runs first, and
 * then put in place by renaming: a kill, a full disk or a damaged file leaves the workspace as it was, or with whole runs.
 *
 * @throws StudioError of `openProjectFile`, `project.no-space`, `project.damaged`, `store.in-use`, `store.write-failed`
 */
export async function openProject(
  workspace: Workspace,
  path: string,
  { onProgress, signal = new AbortController().signal }: LongCall = {},
): Promise<OpenedProject> {
  const projectsFolder = join(workspace.folder, 'projects');
  makeFolder(projectsFolder);
  const lock = lockOrThrow(join(projectsFolder, 'opening.lock'), `Opening projects in ${workspace.folder}`);
  const unpackFolder = join(projectsFolder, `${unpackingPrefix}${randomBytes(4).toString('hex')}`);
  try {
    for (const name of readdirSync(projectsFolder))
      if (name.startsWith(unpackingPrefix) && name !== 'opening.lock')
        rmSync(join(projectsFolder, name), { recursive: true, force: true });
    makeFolder(unpackFolder);
    const opened = await doInThread<OpenTask, OpenedProject>(
      'open.worker',
      import.meta.url,
      {
        path: resolve(path),
        unpackFolder,
        runsFolder: workspace.runsFolder,
        present: readdirSync(workspace.runsFolder).filter((id) =>
          existsSync(join(workspace.runsFolder, id, 'run.json')),
        ),
        projectsFolder,
      },
      signal,
      onProgress,
    );
    const own = workspace.settings;
    const missing = Object.entries(opened.settings).filter(([name]) => !(name in own));
    if (missing.length > 0) workspace.changeSettings(Object.fromEntries(missing));
    await workspace.refresh();
    return opened;
  } finally {
    rmSync(unpackFolder, { recursive: true, force: true });
    lock.release();
  }
}
