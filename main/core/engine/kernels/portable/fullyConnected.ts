/** FULLY_CONNECTED in plain C: one step that reads the whole input. */
import {
  channelMultipliers,
  inputOf,
  optionalInputOf,
  outputOf,
  zeroPointOf,
  type FullyConnected,
  type Model,
} from '../../../graph/index.ts';
import { allRows, rowShapeOf } from '../../rows.ts';
import { hwc, type KernelRequest, type KernelVariant } from '../kernel.ts';
import { packConstants } from '../packing.ts';
import { cyclesPerMac, dataOf } from './costs.ts';

export function portableFullyConnected({ model, operator, core }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'fully_connected') return [];
  const [outputs = 1, inputs = 1] = inputOf(model, operator, 1).shape;
  const { height, width, channels } = rowShapeOf(outputOf(model, operator));
  const batches = (height * width * channels) / outputs;
  const name = `fully_connected_${batches > 1 ? `${String(batches)}x` : ''}${String(inputs)}_${String(outputs)}_c`;
  return [
    {
      name,
      steps: 1,
      inputs: [allRows],
      inputLayouts: [hwc],
      outputs: [allRows],
      writesPlanar: false,
      scratchBytes: 0,
      stateBytes: 0,
      edgeRowBytes: 0,
      constantBytes: 16 + 12 * outputs + inputs * outputs,
      codeBytes: 200,
      cycles: batches * outputs * (inputs * cyclesPerMac(core) + 40),
      emit: () => ({
        functions: [{ name, code: functionOf(name, batches, inputs, outputs) }],
        constants: packWeights(model, operator),
      }),
    },
  ];
}

function packWeights(model: Model, operator: FullyConnected): Uint8Array {
  const weights = dataOf(inputOf(model, operator, 1), Int8Array);
  const bias = optionalInputOf(model, operator, 2);
  const biases = bias === null ? null : dataOf(bias, Int32Array);
  const inputZero = zeroPointOf(inputOf(model, operator));
  const parameters = channelMultipliers(model, operator).flatMap(({ multiplier, shift }, channel, all) => {
    const inputs = weights.length / all.length;
    let sum = 0;
    for (let i = 0; i < inputs; i++) sum += weights[channel * inputs + i] ?? 0;
    return [((biases?.[channel] ?? 0) - inputZero * sum) | 0, multiplier, shift];
  });
  const header = [inputZero, zeroPointOf(outputOf(model, operator)), operator.clamp.min, operator.clamp.max];
  return packConstants([Int32Array.from([...header, ...parameters]), weights]);
}

function functionOf(name: string, batches: number, inputs: number, outputs: number): string {
  const [b, i, o] = [String(batches), String(inputs), String(outputs)];
  return `/* Fully connected: ${o} outputs from ${i} inputs${batches > 1 ? `, ${b} times` : ''}. */
void ${name}(const model_step *step) {
  const int32_t *header = (const int32_t *)step->constants; /* zero points of input and output, clamp */
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0];
  for (int batch = 0; batch < ${b}; batch++, in += ${i}) {
    const int32_t *channel = header + 4; /* bias (the input's zero point in it), multiplier, shift */
    const int8_t *w = (const int8_t *)(header + 4 + 3 * ${o});
    for (int c = 0; c < ${o}; c++, channel += 3) {
      int32_t sum = channel[0];
      for (int k = 0; k < ${i}; k++) sum += in[k] * *w++;
      *out++ = model_clamp(model_requantize(sum, channel[1], channel[2]) + header[1], header[2], header[3]);
    }
  }
}
`;
}
