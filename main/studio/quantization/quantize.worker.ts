import { writeTflite } from '../../core/formats/index.ts';
import { quantizeNetwork } from '../../core/quantize/index.ts';
import { answerTask } from '../threads/index.ts';
import type { QuantizeTask } from './quantize.ts';

answerTask(({ network, calibration }: QuantizeTask): Uint8Array =>
  writeTflite(quantizeNetwork(network, calibration, { softmax: true })),
);
