/** What of a point decides where it stands. */
export interface Judged {
  readonly latencyMs: number;
  readonly accuracy: number;
}

/**
 * The best accuracy that can be had at each latency: the points, from the fastest on, that are better than every faster one.
 * The line through them never falls, whatever other figures (SRAM, Flash) made up the front that they are from.
 */
export function bestByLatency<P extends Judged>(points: readonly P[]): P[] {
  const fastestFirst = [...points].sort((a, b) => a.latencyMs - b.latencyMs || b.accuracy - a.accuracy);
  const best: P[] = [];
  for (const point of fastestFirst) if (point.accuracy > (best.at(-1)?.accuracy ?? -Infinity)) best.push(point);
  return best;
}

/** The line as an SVG path: level until a slower network does better. `end` is where it stops, in the points' latency. */
export function staircase(
  points: readonly Judged[],
  end: number,
  toX: (latencyMs: number) => number,
  toY: (accuracy: number) => number,
): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const steps = rest.map((point) => `H${toX(point.latencyMs)}V${toY(point.accuracy)}`).join('');
  return `M${toX(first.latencyMs)} ${toY(first.accuracy)}${steps}H${toX(Math.max(end, (rest.at(-1) ?? first).latencyMs))}`;
}
