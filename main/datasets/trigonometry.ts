/**
 * Sine and cosine from additions and multiplications alone: IEEE 754 fixes these to the last bit, while `Math.sin` is
 * each engine's own affair, and a generated dataset has to be the same on every machine.
 */

const halfPi = 1.5707963267948966;

/** Taylor series about 0, good to 1e-9 on [−π/4, π/4]. */
const smallSine = (x: number): number => {
  const y = x * x;
  return x * (1 - (y / 6) * (1 - (y / 20) * (1 - (y / 42) * (1 - y / 72))));
};
const smallCosine = (x: number): number => {
  const y = x * x;
  return 1 - (y / 2) * (1 - (y / 12) * (1 - (y / 30) * (1 - (y / 56) * (1 - y / 90))));
};

/** The sine of an angle in turns (1 is a full circle). */
export function sine(turns: number): number {
  const quarters = Math.round(turns * 4);
  const rest = (turns * 4 - quarters) * halfPi;
  switch (((quarters % 4) + 4) % 4) {
    case 0:
      return smallSine(rest);
    case 1:
      return smallCosine(rest);
    case 2:
      return -smallSine(rest);
    default:
      return -smallCosine(rest);
  }
}

/** The cosine of an angle in turns. */
export const cosine = (turns: number): number => sine(turns + 0.25);
