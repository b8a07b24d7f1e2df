/** The service itself: models, boards, runs, jobs and the pipeline between them. */
import type { ModelInfo } from '../contract/index.ts';
import { modelInfo, openModel } from './models/index.ts';

export { listBoards, boardSummary } from './boards.ts';
export { runModel, type RunModelResult } from './models/index.ts';
export { format } from './report/index.ts';
export { studioVersion } from './version.ts';

/** What is in a model file. @throws StudioError of `openModel` */
export const inspectModelFile = (file: string): ModelInfo => modelInfo(openModel(file));
