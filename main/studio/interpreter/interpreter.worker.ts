import { parentPort, workerData } from 'node:worker_threads';
import { toErrorReport } from '../../contract/index.ts';
import { readModel } from '../../core/formats/index.ts';
import { interpret } from '../../core/graph/index.ts';
import { concatenate } from '../models/index.ts';
import type { InterpreterAnswer, InterpreterQuestion, InterpreterTask } from './messages.ts';

const { bytes, name } = workerData as InterpreterTask;
const model = readModel(bytes, name);

parentPort?.on('message', ({ id, inputs }: InterpreterQuestion) => {
  let answer: InterpreterAnswer;
  try {
    answer = { id, output: new Int8Array(concatenate(interpret(model, inputs)).buffer), error: null };
  } catch (thrown) {
    answer = { id, output: null, error: toErrorReport(thrown) };
  }
  parentPort?.postMessage(answer);
});
