import type { ByteStream } from '../../main/link/index.ts';
import { createRandom, type Random } from '../../main/core/random/index.ts';

/** What can happen to a frame on its way. */
export type Fault = 'drop' | 'double' | 'cut' | 'flip' | 'insert';

export interface FaultOptions {
  readonly seed: number;
  /** How likely each frame, in either direction, meets a fault. */
  readonly probability: number;
  readonly faults?: readonly Fault[];
}

const everyFault: readonly Fault[] = ['drop', 'double', 'cut', 'flip', 'insert'];

/** A stream that does to frames what a bad cable does, the same for the same seed. Counts what it did. */
export function faultyStream(
  inner: ByteStream,
  options: FaultOptions,
): ByteStream & { readonly done: Map<Fault, number> } {
  const random = createRandom(options.seed);
  const done = new Map<Fault, number>();
  const strike = (frame: Uint8Array): Uint8Array => {
    if (frame.length < 2 || random.next() >= options.probability) return frame;
    const faults = options.faults ?? everyFault;
    const fault = faults[random.below(faults.length)] ?? 'drop';
    done.set(fault, (done.get(fault) ?? 0) + 1);
    return spoil(frame, fault, random);
  };
  let pending: Uint8Array = new Uint8Array();
  return {
    ...inner,
    done,
    write: (bytes) => inner.write(Buffer.concat(splitFrames(bytes).map(strike))),
    onData: (listener) =>
      inner.onData((bytes) => {
        const pieces = splitFrames(Buffer.concat([pending, bytes]));
        const last = pieces.at(-1);
        // A frame that is not complete waits for its rest.
        pending = last !== undefined && last.at(-1) !== 0 ? (pieces.pop() ?? new Uint8Array()) : new Uint8Array();
        for (const piece of pieces) {
          const left = strike(piece);
          if (left.length > 0) listener(left);
        }
      }),
  };
}

/** Pieces that end with a zero byte each, but for the last. */
function splitFrames(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (let zero = bytes.indexOf(0); zero >= 0; zero = bytes.indexOf(0, from)) {
    pieces.push(bytes.subarray(from, zero + 1));
    from = zero + 1;
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from));
  return pieces;
}

function spoil(frame: Uint8Array, fault: Fault, random: Random): Uint8Array {
  const place = random.below(frame.length);
  if (fault === 'drop') return new Uint8Array();
  if (fault === 'double') return Buffer.concat([frame, frame]);
  if (fault === 'cut') return Buffer.concat([frame.subarray(0, place), frame.subarray(place + 1 + random.below(20))]);
  if (fault === 'insert') {
    const rubbish = Uint8Array.from({ length: 1 + random.below(20) }, () => random.below(256));
    return Buffer.concat([frame.subarray(0, place), rubbish, frame.subarray(place)]);
  }
  const flipped = frame.slice();
  for (let flips = 1 + random.below(6); flips > 0; flips--) {
    const at = random.below(frame.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
  }
  return flipped;
}
