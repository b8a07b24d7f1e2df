/** Well-formed nonsense: a description of a file with numbers, names and lists changed, before it becomes bytes. */
import type { Random } from '../../main/core/random/index.ts';

const NUMBERS = [-1, 0, 1, 2, 3, 4, 7, 100, 65536, -65536, 2 ** 31 - 1, -(2 ** 31), 0.5, 1e-30, 1e30];

/** A copy with `count` leaves or lists changed. Typed arrays and what is called `spared` are left alone. */
export function mutateTree<T>(tree: T, random: Random, count: number, spared = ''): T {
  const copy = structuredClone(tree);
  const places: { holder: Record<string | number, unknown>; key: string | number }[] = [];
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    const holder = value as Record<string | number, unknown>;
    for (const [name, inner] of Object.entries(value)) {
      if (name === spared) continue;
      places.push({ holder, key: Array.isArray(value) ? Number(name) : name });
      if (typeof inner === 'string') texts.push(inner);
      visit(inner);
    }
  };
  visit(copy);
  for (let done = 0; done < count; done++) {
    const { holder, key } = random.pick(places);
    holder[key] = changed(holder[key], random, texts);
  }
  return copy;
}

function changed(value: unknown, random: Random, texts: readonly string[]): unknown {
  if (typeof value === 'number') return random.below(3) === 0 ? value + random.below(3) - 1 : random.pick(NUMBERS);
  if (typeof value === 'string') return random.pick(texts);
  if (!Array.isArray(value) || value.length === 0) return value;
  const at = random.below(value.length);
  if (random.below(2) === 0) return value.toSpliced(at, 1);
  return value.toSpliced(at, 0, structuredClone(random.pick(value as readonly unknown[])));
}
