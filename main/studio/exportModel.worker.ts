import { exportModelFile, type ExportedModel, type ExportRequest } from './exportModel.ts';
import { answerTask } from './threads/index.ts';

answerTask((request: ExportRequest): ExportedModel => exportModelFile(request));
