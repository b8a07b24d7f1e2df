/** Broken files: a good one with bytes flipped, cut, repeated, or offsets and counts made huge. */
import type { Random } from '../../main/core/random/index.ts';

type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>;

const flipBits: Mutation = (bytes, random) => {
  for (let count = 1 + random.below(8); count > 0; count--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
};

const randomBytes: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  for (let at = start; at < Math.min(bytes.length, start + 1 + random.below(16)); at++) bytes[at] = random.below(256);
  return bytes;
};

const cut: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length));

/** Where offsets and counts stand, values at the edges of what they can hold. */
const extremeWord: Mutation = (bytes, random) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = random.below(Math.floor(bytes.length / 4)) * 4;
  const extremes = [0, 1, 2, 4, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, bytes.length, at];
  view.setUint32(at, random.pick(extremes), true);
  return bytes;
};

/** A word becomes another word of the same file: a plausible offset to the wrong place. */
const copyWord: Mutation = (bytes, random) => {
  const words = Math.floor(bytes.length / 4);
  const [from, to] = [random.below(words) * 4, random.below(words) * 4];
  bytes.copyWithin(to, from, from + 4);
  return bytes;
};

const copyBlock: Mutation = (bytes, random) => {
  const from = random.below(bytes.length);
  bytes.copyWithin(random.below(bytes.length), from, from + 1 + random.below(256));
  return bytes;
};

const MUTATIONS = [flipBits, randomBytes, cut, extremeWord, extremeWord, copyWord, copyBlock];

/** A mutated copy of a file: one to three mutations. */
export function mutateFile(file: Uint8Array, random: Random): Uint8Array {
  let bytes = new Uint8Array(file);
  for (let count = 1 + random.below(3); count > 0 && bytes.length >= 8; count--) {
    bytes = random.pick(MUTATIONS)(bytes, random);
  }
  return bytes;
}
