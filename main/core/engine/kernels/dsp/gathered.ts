/**
 * A kernel that reads planar rows, for rows of pixels: where the producer cannot write planar ones (the model's input, a sum
 * with two readers). Each row is laid out channel after channel once, when it comes, in a ring of rows that the operator
 * keeps as its state; so a byte is moved once for all the taps that meet it.
 */
import { inputOf, outputOf, zeroPointOf, type Model, type Operator } from '../../../graph/index.ts';
import { rowShapeOf } from '../../rows.ts';
import { hwc, type CFunction, type EmittedKernel, type KernelVariant, type PlanarLayout } from '../kernel.ts';

const text = String;
/** Modelled cycles of a byte on its way into the ring, and Flash of the compiled C. */
const [CYCLES_PER_BYTE, ENTRY_BYTES, GATHER_BYTES] = [3.5, 220, 148];

const gatherRow: CFunction = {
  name: 'model_gather_row',
  code: `/* A row of pixels, channel after channel: the channels begin pitch bytes apart. */
static __attribute__((noinline, unused)) void model_gather_row(int8_t *to, const int8_t *from, uint32_t width,
                                                               uint32_t channels, uint32_t pitch) {
  for (uint32_t c = 0; c < channels; c++, from++, to += pitch) {
    const uint8_t *in = (const uint8_t *)from;
    int8_t *out = to;
    uint32_t left = width;
    for (; left >= 4; left -= 4, in += 4 * channels, out += 4)
      ((model_unaligned *)(void *)out)->word = (uint32_t)in[0] | (uint32_t)in[channels] << 8 |
                                               (uint32_t)in[2 * channels] << 16 | (uint32_t)in[3 * channels] << 24;
    for (; left > 0; left--, in += channels) *out++ = (int8_t)*in;
  }
}
`,
};

/** How the ring is filled: a step brings the rows that the next window needs, the first steps only bring rows. */
interface Filling {
  readonly rowsKept: number;
  readonly fresh: number;
  readonly priming: number;
}

/** The variant that does the same from rows of pixels. The given one has one input, planar, and makes a row a step. */
export function gathered(model: Model, operator: Operator, planar: KernelVariant): KernelVariant[] {
  const [access] = planar.inputs;
  const [layout] = planar.inputLayouts;
  if (access === undefined || layout?.kind !== 'planar') return [];
  const input = rowShapeOf(inputOf(model, operator));
  const { height } = rowShapeOf(outputOf(model, operator));
  const [top, next] = [access.first(0), access.first(1)];
  const rowsKept = access.count;
  const fresh = Math.min(next - top, rowsKept);
  const priming = Math.max(0, Math.ceil((rowsKept - fresh + top) / (next - top)));
  const firstRow = (step: number): number => access.first(step - priming) + rowsKept - fresh;
  const steps = height + priming;
  const outside = firstRow(0) < 0 || firstRow(steps - 1) + fresh > input.height;
  const rowBytes = input.width * input.channels;
  const filling = { rowsKept, fresh, priming };
  return [
    {
      ...planar,
      name: `${planar.name}_gathered`,
      steps,
      inputs: [{ count: fresh, first: firstRow }],
      inputLayouts: [hwc],
      outputs: [{ count: 1, first: (step) => step - priming }],
      stateBytes: (rowsKept * layout.rowBytes + 15) & ~15,
      edgeRowBytes: outside ? rowBytes : 0,
      sharedCode: [
        ...(planar.sharedCode ?? []),
        { name: gatherRow.name, bytes: GATHER_BYTES },
        { name: `${planar.name}_gathered`, bytes: ENTRY_BYTES },
      ],
      cycles: Math.round(
        planar.cycles + steps * (fresh * (rowBytes * CYCLES_PER_BYTE + 30 * input.channels) + 60 + 9 * rowsKept),
      ),
      emit: ({ outputs }) =>
        emit(planar.emit({ inputs: [layout], outputs }), input, layout, filling, zeroPointOf(inputOf(model, operator))),
    },
  ];
}

function emit(
  planar: EmittedKernel,
  input: { readonly width: number; readonly channels: number },
  { rowBytes, channelBytes, padLeft }: PlanarLayout,
  { rowsKept, fresh }: Filling,
  zeroPoint: number,
): EmittedKernel {
  const own = planar.functions.at(-1)?.name ?? '';
  const name = `${own}_gathered_z${text(zeroPoint).replace('-', 'm')}`;
  const zeros = ((zeroPoint & 255) * 0x01010101).toString(16);
  const ringRow = (row: string): string => `ring + ${row} % ${text(rowsKept)} * ${text(rowBytes)}`;
  const code = `/* The same from rows of ${text(input.width)} pixels of ${text(input.channels)} channels. The state is a ring of ${text(rowsKept)} rows, channel after channel, with their padding; a
   step adds ${text(fresh)}. */
void ${name}(const model_step *step) {
  int8_t *ring = (int8_t *)step->state;
  const uint32_t slot = step->step * ${text(fresh)};
  const int8_t *rows[${text(rowsKept)}];
  model_step inner = *step;
  if (step->step == 0)
    for (uint32_t i = 0; i < ${text((rowsKept * rowBytes) / 4)}; i++) ((model_word *)(void *)ring)[i] = 0x${zeros}u;
  for (uint32_t i = 0; i < ${text(fresh)}; i++)
    model_gather_row(${ringRow('(slot + i)')} + ${text(padLeft)}, step->in[i], ${text(input.width)}, ${text(input.channels)}, ${text(channelBytes)});
  if (!step->out[0]) return;
  for (uint32_t i = 0; i < ${text(rowsKept)}; i++) rows[i] = ${ringRow(`(slot + ${text(fresh)} + i)`)};
  inner.in = rows;
  ${own}(&inner);
}
`;
  return { functions: [...planar.functions, gatherRow, { name, code }], constants: planar.constants };
}
