import { z } from 'zod';
import {
  projectReferenceSchema,
  projectRunSchema,
  settingsSchema,
  StudioError,
  type ProjectInfo,
} from '../../contract/index.ts';
import { openZip, type Container } from '../../datasets/index.ts';
import { formatOf, migrateDocument, type Migration } from '../../store/index.ts';
import { inProjectsWords, notAProject } from './errors.ts';
import { isSafePath } from './paths.ts';

/** The entry of a project file that says what the others are. */
export const manifestName = 'project.json';
const appName = 'MCUNet Studio';

/** Of `project.json`, in order. Format 1 is the first. */
const projectMigrations: readonly Migration[] = [];

const storedReferenceSchema = projectReferenceSchema.extend({
  /** Where its copy lies in the file: one file, or all below a folder. */
  stored: z.string().nullable(),
});
export type StoredReference = z.infer<typeof storedReferenceSchema>;

const storedFileSchema = z.object({
  path: z.string().refine(isSafePath, 'leads out of the project'),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type StoredFile = z.infer<typeof storedFileSchema>;

const manifestSchema = z.object({
  app: z.literal(appName),
  name: z.string(),
  packedAt: z.number(),
  packedBy: z.string(),
  runs: z.array(projectRunSchema.extend({ id: z.string().regex(/^[a-z0-9-]{1,80}$/) })),
  references: z.array(storedReferenceSchema),
  settings: settingsSchema,
  files: z.array(storedFileSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A manifest as it is written. */
export const manifestText = (manifest: Omit<Manifest, 'app'>): string =>
  `${JSON.stringify({ format: formatOf(projectMigrations), app: appName, ...manifest }, null, 1)}\n`;

/** A manifest names each file in some 200 bytes. */
const mostManifestBytes = 256 * 2 ** 20;

export interface OpenProject {
  readonly container: Container;
  readonly manifest: Manifest;
}

/**
 * Opens a project file and reads what it says is in it. Whoever asked closes the container.
 *
 * @throws StudioError `project.not-a-project`, `project.damaged`, `project.unsafe`, `store.newer-format`
 */
export function openProjectFile(path: string): OpenProject {
  const container = inProjectsWords(path, () => openZip(path));
  try {
    return { container, manifest: readManifest(path, container) };
  } catch (error) {
    container.close();
    throw error;
  }
}

function readManifest(path: string, container: Container): Manifest {
  const entry = container.entries.find((candidate) => candidate.path === manifestName);
  if (entry === undefined) throw notAProject(path, `it holds no ${manifestName}`);
  const bytes = inProjectsWords(path, () => container.read(entry, mostManifestBytes));
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw notAProject(path, `its ${manifestName} is no JSON`, cause);
  }
  if (typeof document !== 'object' || document === null) throw notAProject(path, `its ${manifestName} is no object`);
  const parsed = manifestSchema.safeParse(
    migrateDocument(document as Record<string, unknown>, path, projectMigrations),
  );
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const unsafe = issue?.message === 'leads out of the project';
    if (unsafe)
      throw new StudioError({
        code: 'project.unsafe',
        message: `${path} names a file that would be put outside of its project.`,
        remedy: 'Do not open this file; it may be meant to do harm.',
        details: { path, at: issue.path.join('.') },
      });
    throw notAProject(path, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`, parsed.error);
  }
  return parsed.data;
}

/** What the window and the command line show of a project file. */
export function projectInfo(manifest: Manifest, packedBytes: number): ProjectInfo {
  const { name, packedAt, packedBy, runs, references, settings, files } = manifest;
  return {
    name,
    packedAt,
    packedBy,
    runs,
    references: references.map(({ kind, original, copied, bytes }) => ({ kind, original, copied, bytes })),
    settings,
    files: files.length,
    packedBytes,
    unpackedBytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
