/** The state of a generator: four 32-bit words, enough to go on from exactly where it stood. */
export type RandomState = readonly [number, number, number, number];

/** A seeded stream of numbers; the same seed gives the same stream on every machine. */
export interface Random {
  /** A whole number in [0, 2³²). */
  uint32(): number;
  /** A real number in [0, 1) with 24 random bits. */
  next(): number;
  /** A whole number in [0, bound), without bias. `bound` is 1 … 2³². */
  below(bound: number): number;
  /** From the standard normal distribution. */
  normal(): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** A new array with the items in random order. */
  shuffle<T>(items: readonly T[]): T[];
  /** An independent generator for a named purpose; does not advance this one. */
  fork(purpose: string): Random;
  state(): RandomState;
}

const rotateLeft = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** splitmix32: spreads a seed over words. */
function* spread(seed: number): Generator<number, never> {
  let state = seed | 0;
  while (true) {
    state = (state + 0x9e3779b9) | 0;
    let z = state ^ (state >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    yield (z ^ (z >>> 15)) >>> 0;
  }
}

/** FNV-1a, 32 bit. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021): seeded by a number, or
 * continued from a state.
 */
export function createRandom(seed: number | RandomState): Random {
  const words: [number, number, number, number] = [0, 0, 0, 0];
  if (typeof seed === 'number') {
    const source = spread(seed);
    for (let i = 0; i < 4; i++) words[i] = source.next().value;
  } else {
    words.splice(0, 4, ...seed);
  }

  const random: Random = {
    uint32() {
      const result = Math.imul(rotateLeft(Math.imul(words[1], 5), 7), 9) >>> 0;
      const t = words[1] << 9;
      words[2] ^= words[0];
      words[3] ^= words[1];
      words[1] ^= words[2];
      words[0] ^= words[3];
      words[2] ^= t;
      words[3] = rotateLeft(words[3], 11);
      return result;
    },
    next: () => (random.uint32() >>> 8) / 0x1000000,
    below(bound) {
      const limit = 0x100000000 - (0x100000000 % bound);
      let value = random.uint32();
      while (value >= limit) value = random.uint32();
      return value % bound;
    },
    normal() {
      // Box and Muller; 1 − next() keeps the logarithm's argument above zero.
      const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
      return radius * Math.cos(2 * Math.PI * random.next());
    },
    pick: (items) => items[random.below(items.length)],
    shuffle(items) {
      const shuffled = [...items];
      for (let i = shuffled.length - 1; i > 0; i--) {
        const j = random.below(i + 1);
        [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
      }
      return shuffled;
    },
    fork: (purpose) => createRandom((words[0] ^ rotateLeft(words[2], 16) ^ hash(purpose)) >>> 0),
    state: () => [words[0] >>> 0, words[1] >>> 0, words[2] >>> 0, words[3] >>> 0],
  };
  return random;
}
