/** Runs on disk, the index over them, and numbered migrations. */
export { makeFolder, writeFailed, writeFileAtomic } from './atomic.ts';
export { isHeld, lockOrThrow, tryLock, type FileLock } from './lock.ts';
export { formatOf, migrateDocument, reportMigrations, type Migration } from './migrations/index.ts';
export {
  fileInside,
  isRun,
  isRunHeld,
  pathInside,
  readRecord,
  readRunLog,
  removeInside,
  RunFolder,
  sha256,
} from './runFolder.ts';
export { isWorkspace, newRecord, Workspace, type NewRun } from './workspace.ts';
