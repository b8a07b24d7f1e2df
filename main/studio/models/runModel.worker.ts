import { answerTask } from '../threads/index.ts';
import { runModel, type RunModelResult, type RunModelTask } from './runModel.ts';

answerTask((task: RunModelTask, onProgress): Promise<RunModelResult> => runModel({ ...task, onProgress }));
