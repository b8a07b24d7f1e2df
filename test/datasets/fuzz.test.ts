import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../main/core/random/index.ts';
import { openZip } from '../../main/datasets/container/zip.ts';
import { readRows } from '../../main/datasets/csv/rows.ts';
import { readBmp } from '../../main/datasets/decode/bmp.ts';
import { readIdx } from '../../main/datasets/readers/idx.ts';
import { asZip64, picture, zip } from './fixtures.ts';

/** Broken files of all sorts, by the thousand: each is read, or refused in words; nothing else may happen. */

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'fuzz-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const interesting = [0, 1, 0x7f, 0x80, 0xff];

/** Bytes changed, runs of 0xff (huge numbers), pieces cut out, the end cut off. */
function mutate(random: Random, good: Buffer): Buffer {
  let bytes = Buffer.from(good);
  for (let i = 0, changes = 1 + random.below(4); i < changes; i++) {
    const at = random.below(Math.max(1, bytes.length));
    switch (random.below(5)) {
      case 0:
        bytes.subarray(at, at + 1 + random.below(8)).fill(0xff);
        break;
      case 1:
        bytes = bytes.subarray(0, at);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.below(32))]);
        break;
      default:
        if (bytes.length > 0) bytes[at] = random.next() < 0.5 ? random.pick(interesting) : random.below(256);
    }
  }
  return bytes;
}

/** What `read` throws for mutated files that is no answer for a user. */
function surprises(seed: number, count: number, good: Buffer, read: (bytes: Buffer) => void): string[] {
  const random = createRandom(seed);
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const bytes = mutate(random, good);
    try {
      read(bytes);
    } catch (error) {
      const { name, stack } = error as Error;
      if (name !== 'StudioError' && name !== 'BrokenSampleError') found.push(`${i}: ${stack}`);
    }
  }
  return found;
}

describe('mutated files', () => {
  it('of zips', async () => {
    const entries = await Promise.all(
      [1, 2, 3].map(async (n) => ({ name: `a/${n}.png`, data: await picture(n, 8, 8) })),
    );
    const good = zip([...entries, { name: 'b/text.txt', data: Buffer.from('x'.repeat(500)) }]);
    const file = join(root, 'set.zip');
    const read = (bytes: Buffer): void => {
      writeFileSync(file, bytes);
      const container = openZip(file);
      try {
        for (const entry of container.entries) {
          try {
            container.read(entry);
          } catch (error) {
            if ((error as Error).name !== 'BrokenSampleError') throw error;
          }
        }
      } finally {
        container.close();
      }
    };
    expect(surprises(1, 1000, good, read)).toEqual([]);
    // The directory and its end are where the numbers stand: change them above all.
    const tail = good.length - 250;
    const readTail = (bytes: Buffer): void => read(Buffer.concat([good.subarray(0, tail), bytes]));
    expect(surprises(2, 1500, Buffer.from(good.subarray(tail)), readTail)).toEqual([]);
    expect(surprises(3, 1500, asZip64(good).subarray(tail), readTail)).toEqual([]);
  });

  it('of bitmaps, IDX and CSV', () => {
    const bmp = Buffer.alloc(54 + 4 * 12);
    bmp.write('BM');
    bmp.writeUInt32LE(54, 10);
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(4, 18);
    bmp.writeInt32LE(4, 22);
    bmp.writeUInt16LE(24, 28);
    expect(surprises(3, 5000, bmp, (bytes) => readBmp(bytes))).toEqual([]);

    const idx = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]);
    const readImages = (bytes: Buffer): void =>
      void readIdx([
        { name: 'x-images-idx3-ubyte', path: 'x-images-idx3-ubyte', read: () => bytes },
        {
          name: 'x-labels-idx1-ubyte',
          path: 'x-labels-idx1-ubyte',
          read: () => Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 0, 1]),
        },
      ]);
    expect(surprises(4, 5000, idx, readImages)).toEqual([]);

    const csv = Buffer.from(
      `ax,"a y",label\n${Array.from({ length: 20 }, (_, i) => `${i}.5,-${i}e-1,"c ${i % 2}"`).join('\r\n')}`,
    );
    expect(surprises(5, 5000, csv, (bytes) => readRows('x.csv', bytes, null, []))).toEqual([]);
  });
});
