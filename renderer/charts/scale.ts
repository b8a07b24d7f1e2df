/** A straight map from values to pixels. */
export interface Scale {
  readonly domain: readonly [number, number];
  toPixel(value: number): number;
  toValue(pixel: number): number;
  /** Round values, about `count` of them, that lie in the domain. */
  ticks(count: number): number[];
}

/** 1, 2 or 5 times a power of ten: the distance between ticks that gives about `count` of them. */
function tickStep(span: number, count: number): number {
  const rough = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const multiple = [1, 2, 5, 10].find((m) => m * power >= rough) ?? 10;
  return multiple * power;
}

export function linearScale(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [low, high] = domain[0] === domain[1] ? [domain[0] - 0.5, domain[1] + 0.5] : domain;
  const factor = (range[1] - range[0]) / (high - low);
  return {
    domain: [low, high],
    toPixel: (value) => range[0] + (value - low) * factor,
    toValue: (pixel) => low + (pixel - range[0]) / factor,
    ticks(count) {
      const step = tickStep(high - low, count);
      const first = Math.ceil(low / step);
      const last = Math.floor(high / step + 1e-9);
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
    },
  };
}

/** The least and the greatest of `values`, widened by a share of the span; [0, 1] where there are none. */
export function extent(values: readonly number[], margin = 0): [number, number] {
  if (values.length === 0) return [0, 1];
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const pad = (high - low || Math.abs(high) || 1) * margin;
  return [low - pad, high + pad];
}
