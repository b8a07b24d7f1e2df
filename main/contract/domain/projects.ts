import { z } from 'zod';
import { runSummarySchema } from './runs.ts';

/** What of a run is told before its project is opened. */
export const projectRunSchema = runSummarySchema.pick({
  id: true,
  title: true,
  kind: true,
  state: true,
  createdAt: true,
  boardId: true,
  model: true,
  dataset: true,
});
export type ProjectRun = z.infer<typeof projectRunSchema>;

export const referenceKinds = ['dataset', 'model', 'architecture', 'space', 'input'] as const;

/** Something outside the workspace that runs were made from: its data, its models, its settings for search. */
export const projectReferenceSchema = z.object({
  kind: z.enum(referenceKinds),
  /** Where it stood when the project was packed: a path, or `generated:…`. */
  original: z.string(),
  /** Whether the project file holds a copy of it. */
  copied: z.boolean(),
  bytes: z.number(),
});
export type ProjectReference = z.infer<typeof projectReferenceSchema>;

/** Preferences that belong to the work and not to the window: board, dataset, limits. Small values under short names. */
export const settingsSchema = z.record(z.string().min(1).max(100), z.json());
export type Settings = z.infer<typeof settingsSchema>;

/** What is in a project file. */
export const projectInfoSchema = z.object({
  name: z.string(),
  /** When it was packed, milliseconds since 1970, and by which version. */
  packedAt: z.number(),
  packedBy: z.string(),
  runs: z.array(projectRunSchema),
  references: z.array(projectReferenceSchema),
  settings: settingsSchema,
  files: z.int(),
  /** Of the project file, and of all that is in it. */
  packedBytes: z.number(),
  unpackedBytes: z.number(),
});
export type ProjectInfo = z.infer<typeof projectInfoSchema>;

/** What packing a project gave. */
export const packedProjectSchema = projectInfoSchema.extend({
  path: z.string(),
  /** Runs that were being done, and are not in the file. */
  leftOut: z.array(z.string()),
});
export type PackedProject = z.infer<typeof packedProjectSchema>;

/** What opening a project gave. */
export const openedProjectSchema = z.object({
  name: z.string(),
  /** Runs that came into the workspace, and those that it had already (which stay as they are). */
  opened: z.array(z.string()),
  alreadyThere: z.array(z.string()),
  /** Where copies of datasets and models were put; null where there were none. */
  filesFolder: z.string().nullable(),
  /** What runs were made from that is neither in the file nor on this computer. */
  missing: z.array(projectReferenceSchema),
  settings: settingsSchema,
});
export type OpenedProject = z.infer<typeof openedProjectSchema>;
