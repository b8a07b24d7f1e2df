/** C helpers that several kernels share. Emitted in front of the first that needs them. */
import type { CFunction } from '../kernel.ts';
import { nakedFunction, withTwin } from './assembly.ts';

/** The finishes of `requantization.ts` in plain C, for the twins of assembly kernels. */
export const finishHelpers: CFunction = {
  name: 'model_finish',
  code: `/* ((2^scale * sum + offset) * multiplier >> 32) + base, shifted; offset and multiplier at p. */
MODEL_INLINE int32_t model_fit(int32_t sum, const model_word *p, int scale, int32_t base, int shift) {
  const int32_t a = (int32_t)(p[0] + ((uint32_t)sum << scale));
  return (base + (int32_t)(((int64_t)a * (int32_t)p[1]) >> 32)) >> shift;
}
/* TensorFlow Lite's two roundings of a / 2. */
MODEL_INLINE int32_t model_round(int32_t a, int32_t multiplier, uint32_t exponent) {
  const int32_t x = (int32_t)(((int64_t)a * multiplier + ((int64_t)1 << 31)) >> 32) - (a < 0);
  return (int32_t)(((int64_t)x + ((int64_t)1 << (exponent - 1))) >> exponent);
}
/* The same for a sum without its bias; at p twice the bias with the exponent in its lowest byte, and the multiplier. */
MODEL_INLINE int32_t model_exact(int32_t sum, const model_word *p) {
  return model_round((int32_t)((uint32_t)((int32_t)p[0] >> 8) + ((uint32_t)sum << 1)), (int32_t)p[1], p[0] & 255);
}
/* Twice the bias, multiplier and exponent at p. */
MODEL_INLINE int32_t model_wide(int32_t sum, const model_word *p) {
  return model_round((int32_t)(p[0] + ((uint32_t)sum << 1)), (int32_t)p[1], p[2]);
}
`,
};

const WIDEN_PARAMETERS = 'int16_t *to, const int8_t *from, uint32_t words';

/**
 * int8 to int16, four at a time. Each four come out as 0, 2, 1, 3: what SXTB16 gives. `words` is at least 1, both
 * pointers are 4-byte aligned. 1.6 cycles an element.
 */
export const widenGrouped: CFunction = {
  name: 'model_widen_grouped',
  code:
    '/* Widens words of four int8 to int16, each four in the order 0, 2, 1, 3. */\n' +
    withTwin(
      nakedFunction('model_widen_grouped', WIDEN_PARAMETERS, [
        'push {r4-r10, lr}',
        'subs r2, r2, #4',
        'blo 2f',
        '1:',
        'ldm r1!, {r3, r5, r7, r9}',
        ...[3, 5, 7, 9].flatMap((r) => [
          `sxtb16 r${String(r + 1)}, r${String(r)}, ror #8`,
          `sxtb16 r${String(r)}, r${String(r)}`,
        ]),
        'stm r0!, {r3-r10}',
        'subs r2, r2, #4',
        'bhs 1b',
        '2:',
        'adds r2, r2, #4',
        'beq 4f',
        '3:',
        'ldr r3, [r1], #4',
        'sxtb16 r4, r3, ror #8',
        'sxtb16 r3, r3',
        'stm r0!, {r3, r4}',
        'subs r2, r2, #1',
        'bne 3b',
        '4:',
        'pop {r4-r10, pc}',
      ]),
      `static void model_widen_grouped(${WIDEN_PARAMETERS}) {
  for (; words > 0; words--, to += 4, from += 4) {
    to[0] = from[0];
    to[1] = from[2];
    to[2] = from[1];
    to[3] = from[3];
  }
}`,
    ),
};

/** Their Flash, and the plain one's as compiled. */
export const widenGroupedCode = { name: widenGrouped.name, bytes: 80 };
export const widenPlainCode = { name: 'model_widen_plain', bytes: 116 };

/** int8 to int16 in order, any count and alignment. */
export const widenPlain: CFunction = {
  name: 'model_widen_plain',
  code: `/* Widens int8 to int16. */
static __attribute__((unused)) void model_widen_plain(int16_t *to, const int8_t *from, uint32_t count) {
  for (; count >= 4; count -= 4, to += 4, from += 4) {
    const int8_t a = from[0], b = from[1], c = from[2], d = from[3];
    to[0] = a;
    to[1] = b;
    to[2] = c;
    to[3] = d;
  }
  for (; count > 0; count--) *to++ = *from++;
}
`,
};
