import { writeTflite } from '../../core/formats/index.ts';
import { quantizeNetwork, roundingOf } from '../../core/quantize/index.ts';
import { answerTask } from '../threads/index.ts';
import type { Quantized, QuantizeTask } from './quantize.ts';

answerTask(({ network, calibration }: QuantizeTask): Quantized => ({
  file: writeTflite(quantizeNetwork(network, calibration, { softmax: true })),
  rounding: roundingOf(network, calibration),
}));
