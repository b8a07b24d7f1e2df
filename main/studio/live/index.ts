export { finishedBuild, type FinishedBuild } from './finishedBuild.ts';
export { LiveSession, type LiveOptions } from './liveSession.ts';
export { LiveSessions } from './liveSessions.ts';
export { inferFiles, type InferredFile } from './inferFiles.ts';
