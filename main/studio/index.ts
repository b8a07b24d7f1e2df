/** The service itself: models, boards, runs, jobs and the pipeline between them. */
import type { ModelInfo } from '../contract/index.ts';
import { modelInfo, openModel } from './models/index.ts';

export { boardSummary, listBoards } from './boards.ts';
export { calibrate, summaryOf } from './calibration/index.ts';
export { flashBoard, unlockBoard, unlockConfirmation, type Flashed } from './flash.ts';
export { checkUp } from './doctor.ts';
export { exportFormats, type ExportFormat } from '../core/engine/index.ts';
export { exportModelFile, type ExportedModel, type ExportRequest } from './exportModel.ts';
export { inferFiles, type InferredFile } from './live/index.ts';
export { runModel, type RunModelResult } from './models/index.ts';
export { doJob, hardwareOf } from './pipeline/index.ts';
export type { DoJob } from './jobs/index.ts';
export { inspectProject, openProject, packProject, type PackRequest } from './projects/index.ts';
export { readMatrix, sessionAt } from './lab/index.ts';
export { smokeTest, type SmokeResult } from './smoke.ts';
export { format, readReport } from './report/index.ts';
export { spaceOfDataset } from './searchSpace.ts';
export { runJob, type FinishedJob, type RunJobOptions } from './runJob.ts';
export { defaultWorkspaceFolder, demoDefaults, Studio } from './service/index.ts';
export { studioVersion } from './version.ts';

/** What is in a model file. @throws StudioError of `openModel` */
export const inspectModelFile = (file: string): ModelInfo => modelInfo(openModel(file));
