/** Operators that map each element by itself (activations, int8 to int8 QUANTIZE): a table of 256 bytes. */
import { elementsOf, inputOf, outputOf, tableOf } from '../../../graph/index.ts';
import { everyRow, rowShapeOf } from '../../rows.ts';
import { hwc, rowBytesOf, type KernelRequest, type KernelVariant } from '../kernel.ts';

export function portableScalar({ model, operator }: KernelRequest): readonly KernelVariant[] {
  switch (operator.kind) {
    case 'relu':
    case 'relu6':
    case 'leaky_relu':
    case 'logistic':
    case 'hard_swish':
    case 'quantize': {
      if (inputOf(model, operator).type !== 'int8' || outputOf(model, operator).type !== 'int8') return [];
      const shape = rowShapeOf(outputOf(model, operator));
      const bytes = rowBytesOf(shape, hwc);
      const name = `table_${String(bytes)}_c`;
      return [
        {
          name,
          steps: shape.height,
          inputs: [everyRow],
          inputLayouts: [hwc],
          outputs: [everyRow],
          writesPlanar: false,
          inPlace: true,
          scratchBytes: 0,
          stateBytes: 0,
          edgeRowBytes: 0,
          constantBytes: 256,
          codeBytes: 40,
          cycles: elementsOf(outputOf(model, operator).shape) * 8,
          emit: () => ({ functions: [{ name, code: functionOf(name, bytes) }], constants: tableOf(model, operator) }),
        },
      ];
    }
    default:
      return [];
  }
}

function functionOf(name: string, bytes: number): string {
  return `/* Looks up each of the ${String(bytes)} elements of a row; the table starts with the output for -128. */
void ${name}(const model_step *step) {
  const int8_t *table = (const int8_t *)step->constants + 128;
  const int8_t *in = step->in[0];
  int8_t *out = step->out[0];
  for (int i = 0; i < ${String(bytes)}; i++) out[i] = table[in[i]];
}
`;
}
