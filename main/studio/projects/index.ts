/** Projects: runs of a workspace and what they were made from, in one file. */
export { inspectProject, openProject } from './open.ts';
export { packProject, type PackRequest } from './pack.ts';
