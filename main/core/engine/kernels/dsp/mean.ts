/**
 * MEAN over neighbouring axes, four channels at a time: SXTAB16 adds four bytes to two words of 16-bit sums. Over the
 * rows and columns of an image a step takes one row and its sums wait in the state; everything else is one step.
 */
import {
  elementsOf,
  inputOf,
  meanConstants,
  outputOf,
  zeroPointOf,
  type Mean,
  type Model,
} from '../../../graph/index.ts';
import { allRows, everyRow, isImage } from '../../rows.ts';
import { hwc, type CFunction, type KernelMaker } from '../kernel.ts';
import { MOST_SUMMED, summingHelpers } from './roundings.ts';

/** outer × count × inner elements, of which `count` go into one output. */
interface Extent {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

const text = String;

const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);

/** Null where the axes are not neighbours (those of extent 1 do not count). */
function extentOf(model: Model, operator: Mean): Extent | null {
  const { shape } = inputOf(model, operator);
  const reduced = shape.map((extent, axis) => extent > 1 && operator.axes.includes(axis));
  const first = reduced.indexOf(true);
  if (first < 0) return null;
  const last = reduced.lastIndexOf(true);
  if (shape.some((extent, axis) => axis > first && axis < last && extent > 1 && reduced[axis] === false)) return null;
  return {
    outer: product(shape.slice(0, first)),
    count: product(shape.slice(first, last + 1)),
    inner: product(shape.slice(last + 1)),
  };
}

export const dspMean: KernelMaker = ({ model, operator }) => {
  if (operator.kind !== 'mean') return [];
  const extent = extentOf(model, operator);
  if (extent === null || extent.inner % 4 !== 0) return [];
  const input = inputOf(model, operator);
  const [, height = 1] = input.shape;
  const byRows = isImage(input) && extent.outer === 1 && operator.axes.includes(1) && operator.axes.includes(2);
  const perStep = byRows ? { ...extent, count: extent.count / height } : extent;
  const { outer, count, inner } = perStep;
  const name = `mean_${text(outer)}x${text(count)}x${text(inner)}${byRows ? '_rows' : ''}_m4`;
  const steps = byRows ? height : 1;
  const sumBytes = (4 * inner + 15) & ~15;
  return [
    {
      name: `${name}_h${text(steps)}`,
      steps,
      inputs: [byRows ? everyRow : allRows],
      inputLayouts: [hwc],
      outputs: [byRows ? { count: 1, first: (step) => step - height + 1 } : allRows],
      writesPlanar: false,
      scratchBytes: byRows ? 0 : sumBytes,
      stateBytes: byRows ? sumBytes : 0,
      edgeRowBytes: 0,
      constantBytes: 16,
      codeBytes: 280,
      cycles: Math.round(
        elementsOf(input.shape) * 2.2 +
          steps * outer * (inner * 4 + 40) +
          elementsOf(outputOf(model, operator).shape) * 26,
      ),
      emit: () => ({
        functions: [...summingHelpers, addPixels, { name, code: functionOf(name, perStep, byRows) }],
        constants: pack(model, operator),
      }),
    },
  ];
};

function pack(model: Model, operator: Mean): Int32Array {
  const { count, factor } = meanConstants(model, operator);
  const zero = zeroPointOf(inputOf(model, operator));
  return Int32Array.from([(zero * count) | 0, factor.multiplier, factor.shift, zeroPointOf(outputOf(model, operator))]);
}

const addPixels: CFunction = {
  name: 'model_add_pixels',
  code: `/* Adds pixels of 4 * words channels to the sums of the channels. */
static __attribute__((unused)) void model_add_pixels(model_int *sums, const model_word *in, uint32_t words, uint32_t pixels) {
  for (uint32_t c = 0; c < words; c++, sums += 4) {
    for (uint32_t first = 0; first < pixels; first += ${text(MOST_SUMMED)}) {
      const uint32_t last = pixels - first < ${text(MOST_SUMMED)} ? pixels : first + ${text(MOST_SUMMED)};
      const model_word *pixel = in + first * words + c;
      uint32_t even = 0, odd = 0;
      for (uint32_t i = first; i < last; i++, pixel += words) {
        const uint32_t four = *pixel;
        even = model_add_even(even, four);
        odd = model_add_odd(odd, four);
      }
      sums[0] += (int16_t)even;
      sums[1] += (int16_t)odd;
      sums[2] += (int16_t)(even >> 16);
      sums[3] += (int16_t)(odd >> 16);
    }
  }
}
`,
};

function functionOf(name: string, { outer, count, inner }: Extent, byRows: boolean): string {
  const words = text(inner / 4);
  const sums = byRows ? 'state' : 'scratch';
  const clear = `for (int i = 0; i < ${text(inner)}; i++) sums[i] = 0;`;
  const finish = `for (int i = 0; i < ${text(inner)}; i++)
    out[i] = model_clamp(model_requantize(sums[i] - p[0], p[1], p[2]) + p[3], -128, 127);`;
  const add = (from: string): string =>
    `model_add_pixels(sums, (const model_word *)(const void *)${from}, ${words}, ${text(count)});`;
  const body = byRows
    ? `  if (step->step == 0)
    ${clear}
  ${add('step->in[0]')}
  if (!out) return;
  ${finish}`
    : `  const int8_t *in = step->in[0];
  for (int o = 0; o < ${text(outer)}; o++, in += ${text(count * inner)}, out += ${text(inner)}) {
    ${clear}
    ${add('in')}
    ${finish}
  }`;
  return `/* Mean of ${text(count)} pixels of ${text(inner)} channels${byRows ? ', which are one row, and of those of all other rows' : outer > 1 ? `, ${text(outer)} times` : ''}. */
void ${name}(const model_step *step) {
  const model_int *p = (const model_int *)step->constants; /* zero point times count, multiplier, shift, output zero point */
  model_int *sums = (model_int *)step->${sums};
  int8_t *out = step->out[0];
${body}
}
`;
}
