/**
 * Runs kernel variants outside any plan: each case is one operator, done step by step from buffers in the layouts that
 * the variant asks for. Many cases go into one C program; the same source runs on the host (the plain C twins) and on an
 * emulated Cortex-M4 (the assembly). Whatever a kernel writes outside its outputs, scratch and state is found.
 */
import {
  elementsOf,
  inputOf,
  interpret,
  outputOf,
  zeroPointOf,
  type Model,
  type Tensor,
} from '../../../../main/core/graph/index.ts';
import {
  hwc,
  rowBytesOf,
  type KernelVariant,
  type RowAccess,
  type RowLayout,
  type RowShape,
} from '../../../../main/core/engine/kernels/kernel.ts';
import { kernelsHeader } from '../../../../main/core/engine/kernels/support.ts';
import { activationInputs, rowShapeOf } from '../../../../main/core/engine/rows.ts';
import type { Random } from '../../../../main/core/random/index.ts';

export interface RigCase {
  readonly name: string;
  /** One operator. */
  readonly model: Model;
  readonly variant: KernelVariant;
  readonly outputLayout: RowLayout;
  readonly inputs: readonly Int8Array[];
}

/** A layout for outputs with an uneven padding. */
export function planarLayout(shape: RowShape, padLeft: number, padRight: number): RowLayout {
  const channelBytes = (shape.width + Math.max(padLeft, padRight) + 3) & ~3;
  return { kind: 'planar', padLeft, channelBytes, rowBytes: (padLeft + (shape.channels + 1) * channelBytes + 3) & ~3 };
}

export function randomInputs(model: Model, random: Random, extreme = false): Int8Array[] {
  return model.inputs.map((id) => {
    const length = elementsOf(model.tensors[id]?.shape ?? []);
    return Int8Array.from({ length }, () => (extreme ? random.pick([-128, 127]) : random.below(256) - 128));
  });
}

/** A row-major tensor as rows of the layout, the padding holding the zero point. */
function inLayout(values: Int8Array, shape: RowShape, layout: RowLayout, fill: number): Int8Array {
  const rowBytes = rowBytesOf(shape, layout);
  const rows = new Int8Array(shape.height * rowBytes).fill(fill);
  const { height, width, channels } = shape;
  for (let row = 0; row < height; row++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        const inRow =
          layout.kind === 'hwc' ? x * channels + channel : layout.padLeft + channel * layout.channelBytes + x;
        rows[row * rowBytes + inRow] = values[(row * width + x) * channels + channel] ?? 0;
      }
    }
  }
  return rows;
}

const bytesInC = (values: Int8Array | Uint8Array): string => {
  const lines: string[] = [];
  for (let start = 0; start < values.length; start += 64) lines.push([...values.subarray(start, start + 64)].join(','));
  return lines.join(',\n');
};

function accessInC(
  name: string,
  data: string,
  tensor: Tensor,
  layout: RowLayout,
  access: RowAccess,
  steps: number,
  edge: string,
): { declarations: string; entry: string } {
  const shape = rowShapeOf(tensor);
  const firsts = Array.from({ length: steps }, (_, step) => (access.whole === true ? 0 : access.first(step)));
  return {
    declarations: `static const int16_t ${name}_first[] = {${firsts.join(',')}};\n`,
    entry: `{(int8_t *)(uintptr_t)${data}, ${name}_first, ${String(access.count)}, ${access.whole === true ? '1' : '0'}, ${String(shape.height)}, ${String(rowBytesOf(shape, layout))}, ${edge}}`,
  };
}

const align = '__attribute__((aligned(16)))';

/** The C program. It prints the names of the cases that fail, then `failures N`. */
export function rigProgram(cases: readonly RigCase[]): string {
  const functions = new Map<string, string>();
  const parts: string[] = [];
  const table: string[] = [];
  let [scratch, state, most] = [0, 0, 0];
  cases.forEach((each, index) => {
    const { model, variant, outputLayout } = each;
    const [operator] = model.operators;
    if (operator === undefined) throw new RangeError('a case has one operator');
    const activations = activationInputs(model, operator).map((id) => model.tensors[id] as Tensor);
    const emitted = variant.emit({ inputs: variant.inputLayouts, outputs: [outputLayout] });
    for (const { name, code } of emitted.functions) {
      const known = functions.get(name);
      if (known !== undefined && known !== code) throw new Error(`two different functions are called ${name}`);
      functions.set(name, code);
    }
    const [expected] = interpret(model, each.inputs);
    const output = outputOf(model, operator);
    const fill = zeroPointOf(output);
    const wanted = inLayout(expected as Int8Array, rowShapeOf(output), outputLayout, fill);
    const id = `case_${String(index)}`;
    const edgeBytes = Math.max(16, variant.edgeRowBytes);
    const [first] = activations;
    parts.push(
      ...(variant.edgeRowBytes === 0
        ? []
        : [
            ...(variant.edgeRowBytes === 0
              ? []
              : [
                  `static const int8_t ${id}_edge[] ${align} = {${bytesInC(new Int8Array(edgeBytes).fill(first === undefined ? 0 : zeroPointOf(first)))}};`,
                ]),
          ]),
      `static const int8_t ${id}_expected[] ${align} = {${bytesInC(wanted)}};`,
    );
    const { constants } = emitted;
    parts.push(
      `static const uint8_t ${id}_constants[] ${align} = {${
        constants === null
          ? '0'
          : bytesInC(new Uint8Array(constants.buffer, constants.byteOffset, constants.byteLength))
      }};`,
    );
    const inputs = activations.map((tensor, place) => {
      const layout = variant.inputLayouts[place] ?? hwc;
      const values = each.inputs[model.inputs.indexOf(activationInputs(model, operator)[place] ?? -1)] as Int8Array;
      const data = `${id}_in${String(place)}`;
      parts.push(
        `static const int8_t ${data}[] ${align} = {${bytesInC(inLayout(values, rowShapeOf(tensor), layout, zeroPointOf(tensor)))}};`,
      );
      const access = variant.inputs[place] as RowAccess;
      const edge = variant.edgeRowBytes === 0 ? 'NULL' : `(int8_t *)(uintptr_t)${id}_edge`;
      return accessInC(data, data, tensor, layout, access, variant.steps, edge);
    });
    const out = accessInC(
      `${id}_out`,
      'rig_output',
      output,
      outputLayout,
      variant.outputs[0] as RowAccess,
      variant.steps,
      '0',
    );
    parts.push(
      ...inputs.map(({ declarations }) => declarations),
      out.declarations,
      `static const rig_access ${id}_access[] = {${[...inputs, out].map(({ entry }) => entry).join(',\n')}};`,
    );
    table.push(
      `{"${each.name}", ${emitted.functions.at(-1)?.name ?? ''}, ${id}_constants, ${String(variant.steps)}, ${String(inputs.length)}, ${id}_access, ${id}_expected, ${String(wanted.length)}, ${String(outputLayout.kind === 'hwc' ? 0x55 : fill)}, ${String(variant.scratchBytes)}, ${String(variant.stateBytes)}}`,
    );
    scratch = Math.max(scratch, variant.scratchBytes);
    state = Math.max(state, variant.stateBytes);
    most = Math.max(most, wanted.length);
  });
  return `${kernelsHeader}
#endif
#include <stdio.h>
#include <string.h>
typedef struct { int8_t *base; const int16_t *first; int count, whole, height, row_bytes; int8_t *edge; } rig_access;
typedef struct {
  const char *name; model_kernel kernel; const void *constants; int steps, inputs; const rig_access *access;
  const int8_t *expected; int bytes, fill, scratch, state;
} rig_case;
static int8_t rig_output[${String(most + 64)}] ${align};
static uint8_t rig_scratch[${String(scratch + 64)}] ${align}, rig_state[${String(state + 64)}] ${align};
${[...functions.values()].join('\n')}
${parts.join('\n')}
static const rig_case rig_cases[] = {
${table.join(',\n')}
};
__attribute__((noinline, used)) void rig_start(void) { __asm volatile("nop" ::: "memory"); }
__attribute__((noinline, used)) void rig_stop(void) { __asm volatile("nop\\n nop" ::: "memory"); }
static int8_t **rig_rows(int8_t **rows, const rig_access *a, int step) {
  if (a->whole) { *rows++ = a->base; return rows; }
  for (int i = 0; i < a->count; i++) {
    const int row = a->first[step] + i;
    *rows++ = row < 0 || row >= a->height ? a->edge : a->base + row * a->row_bytes;
  }
  return rows;
}
static int rig_run(const rig_case *c) {
  int8_t *in[64], *out[16];
  memset(rig_output, c->fill, sizeof rig_output);
  memset(rig_scratch, 0x5a, sizeof rig_scratch);
  memset(rig_state, 0x5a, sizeof rig_state);
  for (int step = 0; step < c->steps; step++) {
    int8_t **next = in;
    for (int i = 0; i < c->inputs; i++) next = rig_rows(next, &c->access[i], step);
    rig_rows(out, &c->access[c->inputs], step);
    const model_step s = {(const int8_t *const *)in, out, c->constants, rig_scratch, rig_state, (uint32_t)step};
    rig_start();
    c->kernel(&s);
    rig_stop();
  }
  int bad = memcmp(rig_output, c->expected, (size_t)c->bytes) != 0;
  for (int i = 0; i < 64; i++) {
    bad |= (rig_output[c->bytes + i] != (int8_t)c->fill) << 1;
    bad |= (rig_scratch[c->scratch + i] != 0x5a) << 2;
    bad |= (rig_state[c->state + i] != 0x5a) << 3;
  }
  return bad;
}
int main(void) {
  int failures = 0;
  for (unsigned i = 0; i < sizeof rig_cases / sizeof *rig_cases; i++) {
    const int bad = rig_run(&rig_cases[i]);
    if (bad) printf("%s (%d)\\n", rig_cases[i].name, bad);
    failures += bad != 0;
  }
  printf("failures %d of %d\\n", failures, (int)(sizeof rig_cases / sizeof *rig_cases));
  return 0;
}
`;
}

export const inputZero = (model: Model): number => {
  const [operator] = model.operators;
  return operator === undefined ? 0 : zeroPointOf(inputOf(model, operator));
};
