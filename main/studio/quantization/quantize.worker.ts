import { parentPort, workerData } from 'node:worker_threads';
import { toErrorReport } from '../../contract/index.ts';
import { writeTflite } from '../../core/formats/index.ts';
import { quantizeNetwork } from '../../core/quantize/index.ts';
import type { QuantizeAnswer, QuantizeTask } from './quantize.ts';

const { network, calibration } = workerData as QuantizeTask;
let answer: QuantizeAnswer;
try {
  answer = { bytes: writeTflite(quantizeNetwork(network, calibration, { softmax: true })), error: null };
} catch (thrown) {
  answer = { bytes: null, error: toErrorReport(thrown) };
}
parentPort?.postMessage(answer);
