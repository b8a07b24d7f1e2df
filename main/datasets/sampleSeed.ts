/** The seed of one generated sample: no two indices of one dataset share it. */
export function sampleSeed(seed: number, index: number): number {
  const base = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d);
  return ((base ^ (base >>> 12)) + Math.imul(index, 0x9e3779b1)) >>> 0;
}
