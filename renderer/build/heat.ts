import type { Report } from '../../main/contract/index.ts';

/** What an operator of the graph can be coloured by. */
export const heatKinds = ['time', 'memory', 'error'] as const;
export type HeatKind = (typeof heatKinds)[number];

/**
 * How hot each operator of the model is, by its index there. Layers are the board's: what passes have fused or folded has no
 * time of its own, and stays cold.
 *
 * `time`: milliseconds. `memory`: bytes of the arena that its output takes. `error`: how far the planner's estimate was from
 * what the board took, as a share of the latter.
 */
export function heatOf({ model, profile, planned }: Report, kind: HeatKind): Map<number, number> {
  const byName = new Map<string, number>();
  if (kind === 'memory')
    for (const { name, bytes } of planned.buffers) byName.set(name, Math.max(bytes, byName.get(name) ?? 0));
  for (const { name, cycles, microseconds, predictedCycles } of profile?.layers ?? []) {
    if (kind === 'time' && microseconds !== null) byName.set(name, microseconds / 1000);
    if (kind === 'error' && cycles !== null && cycles > 0 && predictedCycles !== null)
      byName.set(name, Math.abs(predictedCycles - cycles) / cycles);
  }
  return new Map(
    model.operators.flatMap(({ index, name }): [number, number][] => {
      const value = byName.get(name);
      return value === undefined ? [] : [[index, value]];
    }),
  );
}
