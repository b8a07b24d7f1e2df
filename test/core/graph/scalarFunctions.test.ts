import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpret, type Model, ModelBuilder, tableOf, type ScalarOperator } from '../../../main/core/graph/index.ts';
import { modelOf, run } from './oneOperator.ts';

const PROBABILITY = { scale: 1 / 256, zeroPoint: -128 };
const ALL = { shape: [256] };
/** Half a step for the last rounding and up to a quarter for the one before it. */
const ROUNDED_TWICE = 0.7501;

/** The real outputs of a table, for the real inputs, in the quantization's own terms. */
function errors(
  model: Model,
  real: (x: number) => number,
  input: { scale: number; zeroPoint: number },
  output: { scale: number; zeroPoint: number },
): number[] {
  const table = tableOf(model, model.operators[0] as ScalarOperator);
  return [...table].map((q, index) => {
    const x = (index - 128 - input.zeroPoint) * input.scale;
    const exact = Math.min(127, Math.max(-128, real(x) / output.scale + output.zeroPoint));
    return Math.abs(q - exact);
  });
}

const quantization = fc.record({
  scale: fc.double({ min: 0.001, max: 0.5, noNaN: true }).map(Math.fround),
  zeroPoint: fc.integer({ min: -128, max: 127 }),
});

describe('operators that are tables', () => {
  it('logistic is within a step of 1 / (1 + e^−x)', () => {
    fc.assert(
      fc.property(quantization, (input) => {
        const model = modelOf({ kind: 'logistic' }, [{ ...ALL, ...input }], [{ ...ALL, ...PROBABILITY }]);
        const worst = Math.max(...errors(model, (x) => 1 / (1 + Math.exp(-x)), input, PROBABILITY));
        expect(worst).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('hard_swish is within a step and a half of x · relu6(x + 3) / 6', () => {
    const hardSwish = (x: number): number => (x * Math.min(6, Math.max(0, x + 3))) / 6;
    fc.assert(
      fc.property(quantization, quantization, (input, output) => {
        fc.pre(input.scale / output.scale < 2 && output.scale / input.scale < 16);
        const model = modelOf({ kind: 'hard_swish' }, [{ ...ALL, ...input }], [{ ...ALL, ...output }]);
        const coarser = Math.max(1, input.scale / output.scale);
        expect(Math.max(...errors(model, hardSwish, input, output))).toBeLessThanOrEqual(1.5 * coarser);
      }),
    );
  });

  it('leaky_relu has one slope on each side', () => {
    fc.assert(
      fc.property(quantization, quantization, fc.double({ min: -1, max: 2, noNaN: true }), (input, output, alpha) => {
        const model = modelOf({ kind: 'leaky_relu', alpha }, [{ ...ALL, ...input }], [{ ...ALL, ...output }]);
        const real = (x: number): number => (x < 0 ? x * alpha : x);
        expect(Math.max(...errors(model, real, input, output))).toBeLessThanOrEqual(ROUNDED_TWICE);
      }),
    );
  });

  it('relu rescales and stops at zero', () => {
    fc.assert(
      fc.property(quantization, quantization, (input, output) => {
        const model = modelOf({ kind: 'relu' }, [{ ...ALL, ...input }], [{ ...ALL, ...output }]);
        expect(Math.max(...errors(model, (x) => Math.max(0, x), input, output))).toBeLessThanOrEqual(ROUNDED_TWICE);
      }),
    );
  });

  it('quantize carries a value from one quantization to another', () => {
    fc.assert(
      fc.property(quantization, quantization, (input, output) => {
        const model = modelOf({ kind: 'quantize' }, [{ ...ALL, ...input }], [{ ...ALL, ...output }]);
        expect(Math.max(...errors(model, (x) => x, input, output))).toBeLessThanOrEqual(ROUNDED_TWICE);
      }),
    );
  });

  it('relu6 clamps on the input’s own scale', () => {
    const input = { shape: [5], scale: 0.1, zeroPoint: -10 };
    const model = modelOf({ kind: 'relu6' }, [input], [input]);
    expect(run(model, [-128, -11, -10, 49, 127])).toEqual([[-10, -10, -10, 49, 50]]);
  });
});

/** From the same arithmetic written in C with 16- and 32-bit integers, compiled with wrapping overflow. */
describe('operators that are tables agree with C in every byte', () => {
  const inputs = [-128, -64, -10, 0, 7, 33, 90, 127];
  const q = (scale: number, zeroPoint: number) => ({ ...ALL, scale, zeroPoint });
  const probability = { ...ALL, ...PROBABILITY };

  it.each([
    [{ kind: 'logistic' as const }, q(0.05, 3), probability, [-128, -119, -40, -10, 13, 81, 125, 127]],
    [{ kind: 'logistic' as const }, q(0.3, -20), probability, [-128, -128, 116, 127, 127, 127, 127, 127]],
    [{ kind: 'hard_swish' as const }, q(0.05, 0), q(0.03, -128), [-128, -128, -128, -128, -121, -85, 22, 84]],
    [{ kind: 'hard_swish' as const }, q(0.3, 10), q(0.4, -100), [-100, -100, -100, -100, -101, -83, -40, -12]],
    [{ kind: 'hard_swish' as const }, q(0.012, -60), q(0.02, -128), [-128, -128, -110, -106, -103, -90, -56, -30]],
    [{ kind: 'leaky_relu' as const, alpha: 0.3 }, q(0.1, 5), q(0.05, -3), [-83, -44, -12, -6, 1, 53, 127, 127]],
  ])('%o from %o to %o', (parameters, input, output, expected) => {
    const model = modelOf(parameters, [input], [output]);
    const table = tableOf(model, model.operators[0] as ScalarOperator);
    expect(inputs.map((x) => table[x + 128])).toEqual(expected);
  });

  it.each([
    [0.17, 1, [100, 90, 80, 20, 99, -128], [-4, -105, -124, -128, -23, -128]],
    [0.05, 2, [-128, -100, 0, 5, 7], [-128, -128, -73, -37, -17]],
  ])('softmax with scale %d and beta %d', (scale, beta, values, expected) => {
    const shape = [1, values.length];
    const model = modelOf({ kind: 'softmax', beta }, [{ shape, scale }], [{ shape, ...PROBABILITY }]);
    expect(run(model, values)).toEqual([expected]);
  });
});

describe('dequantize and quantize', () => {
  it('go through float32 in single precision', () => {
    const builder = new ModelBuilder();
    const input = builder.input([256], 0.1, 3);
    const float = builder.tensor({ name: 'float', shape: [256], type: 'float32', quantization: null, data: null });
    const output = builder.activation([256], 0.2, -7);
    builder.add({ kind: 'dequantize', inputs: [input], outputs: [float] });
    builder.add({ kind: 'quantize', inputs: [float], outputs: [output] });
    const model = builder.build('through float', [output]);
    const all = Int8Array.from({ length: 256 }, (_, index) => index - 128);
    let seen: readonly number[] = [];
    const [result] = interpret(model, [all], (operator, [made]) => {
      if (operator.kind === 'dequantize') seen = [...(made ?? [])];
    });
    expect(seen[130]).toBe(Math.fround(Math.fround(0.1) * -1));
    // Halves of a step of 0.2 round away from zero: 0.1 → 1 step, −0.1 → −1.
    expect([result?.[132], result?.[131], result?.[130], result?.[129]]).toEqual([-6, -7, -8, -8]);
  });
});
