import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, FrameReader, type Frame } from '../../main/link/index.ts';

const word = fc.integer({ min: 0, max: 0xffff });
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  // What COBS treats in its own way: runs of zeros, blocks of exactly 253, 254 and 255 bytes without one.
  fc.array(fc.constantFrom(0, 1, 255), { maxLength: 600 }).map((bytes) => Uint8Array.from(bytes)),
  fc.integer({ min: 240, max: 520 }).map((length) => new Uint8Array(length).fill(7)),
);
const frame: fc.Arbitrary<Frame> = fc.record({
  kind: fc.integer({ min: 0, max: 255 }),
  session: word,
  sequence: word,
  payload,
});

/** What lies between the two zero bytes. */
const inner = (bytes: Uint8Array): Uint8Array => bytes.subarray(1, -1);

function readAll(pieces: readonly Uint8Array[]): { frames: Frame[]; damaged: number } {
  const frames: Frame[] = [];
  const reader = new FrameReader((found) => frames.push(found));
  for (const piece of pieces) reader.push(piece);
  return { frames, damaged: reader.damaged };
}

describe('a frame', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        expect(decodeFrame(inner(encodeFrame(sent)))).toEqual(sent);
      }),
    );
  });

  it('holds no zero byte but at its ends', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        expect(inner(encodeFrame(sent)).includes(0)).toBe(false);
      }),
    );
  });

  it('is what the protocol says, byte for byte', () => {
    const bytes = encodeFrame({ kind: 1, session: 0x1234, sequence: 1, payload: new Uint8Array() });
    expect(Buffer.from(bytes).toString('hex')).toBe('0005013412010504f7b28200');
  });

  it('is refused with any one bit wrong, cut anywhere, or with a byte too many', () => {
    const change = fc.record({
      at: fc.nat(),
      bit: fc.integer({ min: 0, max: 7 }),
      byte: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(frame, change, (sent, { at, bit, byte }) => {
        const coded = inner(encodeFrame(sent)).slice();
        const place = at % coded.length;
        const flipped = coded.slice();
        flipped[place] = (flipped[place] ?? 0) ^ (1 << bit);
        expect(decodeFrame(flipped)).toBeNull();
        expect(decodeFrame(coded.subarray(0, place))).toBeNull();
        expect(decodeFrame(Buffer.concat([coded, Uint8Array.of(byte)]))).toBeNull();
      }),
      { numRuns: 300 },
    );
  });
});

it('a frame that ends with a full block is refused with an empty block after it', () => {
  // 254 bytes without a zero: header, 245 bytes, CRC-32. One sequence number in two gives a CRC without a zero byte.
  const full = Array.from({ length: 64 }, (_, at) =>
    inner(encodeFrame({ kind: 1, session: 0x0101, sequence: 0x0101 + at, payload: new Uint8Array(245).fill(7) })),
  ).filter((coded) => coded.length === 255 && coded[0] === 255);
  expect(full.length).toBeGreaterThan(10);
  for (const coded of full) {
    expect(decodeFrame(coded)).not.toBeNull();
    expect(decodeFrame(Buffer.concat([coded, Uint8Array.of(1)]))).toBeNull();
  }
});

describe('the reader of frames', () => {
  it('finds every frame however the stream is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 90 })), (sent, lengths) => {
        let rest: Uint8Array = Buffer.concat(sent.map(encodeFrame));
        const pieces: Uint8Array[] = [];
        for (const length of lengths) {
          pieces.push(rest.subarray(0, length));
          rest = rest.subarray(length);
        }
        expect(readAll([...pieces, rest])).toEqual({ frames: sent, damaged: 0 });
      }),
    );
  });

  it('finds the next good frame after any rubbish', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), frame, (rubbish, sent) => {
        expect(readAll([rubbish, encodeFrame(sent)]).frames.at(-1)).toEqual(sent);
      }),
    );
  });

  it('drops what is too long to be a frame without keeping it', () => {
    const endless = Array.from({ length: 400 }, () => new Uint8Array(1000).fill(9));
    const good: Frame = { kind: 1, session: 2, sequence: 3, payload: Uint8Array.of(4) };
    expect(readAll([...endless, encodeFrame(good)])).toEqual({ frames: [good], damaged: 1 });
  });
});
