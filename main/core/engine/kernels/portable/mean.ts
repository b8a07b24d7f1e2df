/** MEAN in plain C: over the rows and columns of an image one row a step, over other axes in one step. */
import {
  elementsOf,
  inputOf,
  meanConstants,
  outputOf,
  stridesOf,
  zeroPointOf,
  type Mean,
  type Model,
} from '../../../graph/index.ts';
import { allRows, everyRow, isImage } from '../../rows.ts';
import { hwc, type KernelRequest, type KernelVariant } from '../kernel.ts';
import { loopsOver } from './loops.ts';

export function portableMean({ model, operator }: KernelRequest): readonly KernelVariant[] {
  if (operator.kind !== 'mean') return [];
  const { shape } = inputOf(model, operator);
  const outputs = elementsOf(outputOf(model, operator).shape);
  const name = `mean_${shape.join('x')}_over_${operator.axes.join('_')}_c`;
  const shared = {
    inputLayouts: [hwc],
    writesPlanar: false,
    scratchBytes: 0,
    stateBytes: 4 * outputs,
    edgeRowBytes: 0,
    constantBytes: 20,
    codeBytes: 200,
    cycles: elementsOf(shape) * 7 + outputs * 40,
  };
  const [, height = 1] = shape;
  if (isImage(inputOf(model, operator)) && operator.axes.includes(1)) {
    return [
      {
        ...shared,
        name,
        steps: height,
        inputs: [everyRow],
        outputs: [{ count: 1, first: (step) => step - height + 1 }],
        emit: () => ({
          functions: [{ name, code: functionOf(name, model, operator, true) }],
          constants: pack(model, operator),
        }),
      },
    ];
  }
  return [
    {
      ...shared,
      name,
      steps: 1,
      inputs: [allRows],
      outputs: [allRows],
      emit: () => ({
        functions: [{ name, code: functionOf(name, model, operator, false) }],
        constants: pack(model, operator),
      }),
    },
  ];
}

function pack(model: Model, operator: Mean): Int32Array {
  const { count, factor } = meanConstants(model, operator);
  const zero = zeroPointOf(inputOf(model, operator));
  return Int32Array.from([(zero * count) | 0, factor.multiplier, factor.shift, zeroPointOf(outputOf(model, operator))]);
}

function functionOf(name: string, model: Model, operator: Mean, byRows: boolean): string {
  const { shape } = inputOf(model, operator);
  const outputs = elementsOf(outputOf(model, operator).shape);
  const axes = byRows ? [2, 3] : shape.map((_, axis) => axis);
  const extents = axes.map((axis) => shape[axis] ?? 1);
  const kept = stridesOf(shape.map((extent, axis) => (operator.axes.includes(axis) ? 1 : extent)));
  const walk = axes.map((axis) => (operator.axes.includes(axis) ? 0 : (kept[axis] ?? 0)));
  const loops = loopsOver(extents, [walk, stridesOf(extents)], ([sum, element]) => [
    `sums[${String(sum)}] += in[${String(element)}];`,
  ]);
  return `/* Mean of ${shape.join('x')} over ${operator.axes.length > 1 ? 'axes' : 'axis'} ${operator.axes.join(', ')}${byRows ? ', one row a step' : ''}: the sums wait in the state. */
void ${name}(const model_step *step) {
  const int32_t *p = (const int32_t *)step->constants; /* zero point times count, multiplier, shift, output zero point */
  model_int *sums = (model_int *)step->state;
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0];
  if (step->step == 0)
    for (int i = 0; i < ${String(outputs)}; i++) sums[i] = 0;
${loops}
  if (out)
    for (int i = 0; i < ${String(outputs)}; i++)
      out[i] = model_clamp(model_requantize(sums[i] - p[0], p[1], p[2]) + p[3], -128, 127);
}
`;
}
