import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splitNames } from '../../main/contract/index.ts';
import { openDataset, sampleAt, toBoardInput, toNetworkInput, type Dataset } from '../../main/datasets/index.ts';
import { decodeImage } from '../../main/datasets/decode/image.ts';
import { readBmp } from '../../main/datasets/decode/bmp.ts';
import { resizeAll } from '../../main/datasets/resize.ts';
import { asZip64, classFolders, picture, tone, wav, writeFiles, zip, zipOf, type Files } from './fixtures.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'readers-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const count = (dataset: Dataset): number => splitNames.reduce((sum, name) => sum + dataset[name].labels.length, 0);
const idsOf = (dataset: Dataset): string[] => splitNames.flatMap((name) => dataset[name].ids).sort();

function idx(sizes: readonly number[], data: ArrayLike<number>, type = 8): Buffer {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, type, sizes.length]);
  sizes.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([head, Buffer.from(Array.from(data))]);
}

describe('folders and zips of images', () => {
  it('are one and the same dataset', async () => {
    const files = await classFolders(['cat', 'dog', 'eel'], 10);
    const folder = await openDataset(writeFiles(join(root, 'set'), files));
    writeFileSync(join(root, 'set.zip'), zipOf(files));
    const zipped = await openDataset(join(root, 'set.zip'));
    expect(folder.classes).toEqual(['cat', 'dog', 'eel']);
    expect(folder.shape).toEqual({ height: 20, width: 20, channels: 3 });
    expect(zipped.fingerprint).toBe(folder.fingerprint);
    expect(idsOf(zipped)).toEqual(Object.keys(files).sort());
    writeFileSync(join(root, 'large.zip'), asZip64(zipOf(files)));
    expect((await openDataset(join(root, 'large.zip'))).fingerprint).toBe(folder.fingerprint);
  });

  it('keep the splits that they have, and validation is cut from training where it is missing', async () => {
    const files = {
      ...(await classFolders(['a', 'b'], 30, 'Train/')),
      ...(await classFolders(['a', 'b'], 5, 'test/')),
    };
    const { train, validation, test, report } = await openDataset(writeFiles(root, files));
    expect(test.ids.every((id) => id.startsWith('test/'))).toBe(true);
    expect([...train.ids, ...validation.ids].every((id) => id.startsWith('Train/'))).toBe(true);
    expect(test.labels).toHaveLength(10);
    expect(validation.labels.length).toBeGreaterThan(0);
    expect(report.splits).toEqual({
      train: 'The folder for training.',
      validation: '10 % of the training folder, chosen by the hash of their content.',
      test: 'The folder for testing.',
    });
  });

  it('may be wrapped in folders, and come with litter of operating systems', async () => {
    const files = await classFolders(['a', 'b'], 3, 'download-1/my set/');
    const litter = {
      '__MACOSX/download-1/my set/a/._0.png': 'x',
      'download-1/.DS_Store': 'x',
      'download-1/README': 'x',
    };
    const dataset = await openDataset(writeFiles(root, { ...files, ...litter }));
    expect(dataset.classes).toEqual(['a', 'b']);
    expect(dataset.report.brokenCount).toBe(0);
  });

  it('may hold PNG, JPEG, WebP, GIF and BMP, grey, with transparency, or turned by EXIF', async () => {
    const base = sharp({ create: { width: 16, height: 16, channels: 3, background: { r: 250, g: 10, b: 10 } } });
    const bmp = Buffer.alloc(54 + 16 * 48);
    bmp.write('BM');
    bmp.writeUInt32LE(54, 10);
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(16, 18);
    bmp.writeInt32LE(16, 22);
    bmp.writeUInt16LE(1, 26);
    bmp.writeUInt16LE(24, 28);
    for (let i = 54; i < bmp.length; i += 3) bmp.set([10, 10, 250], i);
    const files: Files = {
      'red/a.png': await base.clone().png().toBuffer(),
      'red/b.jpg': await base.clone().jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer(),
      'red/c.webp': await base.clone().webp({ lossless: true }).toBuffer(),
      'red/d.gif': await base.clone().gif().toBuffer(),
      'red/e.bmp': bmp,
      'red/f.png': await base.clone().ensureAlpha(0.999).png().toBuffer(),
      'grey/a.png': await base.clone().toColourspace('b-w').png().toBuffer(),
      'grey/b.png': await sharp({ create: { width: 16, height: 16, channels: 3, background: '#555' } })
        .png()
        .toBuffer(),
    };
    const dataset = await openDataset(writeFiles(root, files));
    expect(dataset.report.broken).toEqual([]);
    expect(count(dataset)).toBe(8);
    for (const name of splitNames) {
      dataset[name].labels.forEach((label, i) => {
        const [red, green, blue] = sampleAt(dataset.shape, dataset[name], i);
        if (dataset.classes[label] === 'grey') expect([green, blue]).toEqual([red, red]);
        else expect(red - green > 200 && Math.abs(green - blue) < 12).toBe(true);
      });
    }
  });

  it('are cropped in the middle, framed on demand, and grey on demand', async () => {
    // Left half black, right half white, twice as wide as high.
    const wide = Buffer.alloc(40 * 20 * 3);
    for (let i = 0; i < 40 * 20; i++) if (i % 40 >= 20) wide.fill(255, i * 3, i * 3 + 3);
    const png = await sharp(wide, { raw: { width: 40, height: 20, channels: 3 } })
      .png()
      .toBuffer();
    const crop = await decodeImage(png, { height: 8, width: 8, channels: 1 }, 'crop');
    expect([crop[0], crop[7]]).toEqual([0, 255]);
    const framed = await decodeImage(png, { height: 8, width: 8, channels: 3 }, 'letterbox');
    expect([...framed.subarray(0, 3)]).toEqual([128, 128, 128]);
    expect(framed[4 * 8 * 3]).toBeLessThan(30);
    writeFiles(root, await classFolders(['a', 'b'], 4));
    expect((await openDataset(`${root}?size=12&grey=1`)).shape).toEqual({ height: 12, width: 12, channels: 1 });
    const asked = { height: 9, width: 7, channels: 3 };
    expect((await openDataset(root, { shape: asked })).shape).toEqual(asked);
  });

  it('with names in the old code page of zips are read by it', async () => {
    const name = (last: string): Buffer =>
      Buffer.concat([Buffer.from('K'), Buffer.from([0x81]), Buffer.from(`che/${last}`)]);
    const entries = [0, 1, 2].map((i) => ({ name: name(`${i}.png`), seed: i, claims: { flags: 0 } }));
    const others = [7, 8, 9].map((i) => ({ name: `Bad/${i}.png`, seed: i, claims: {} }));
    const made = await Promise.all(
      [...entries, ...others].map(async ({ seed, ...entry }) => ({ ...entry, data: await picture(seed) })),
    );
    writeFileSync(join(root, 'old.zip'), zip(made));
    expect((await openDataset(join(root, 'old.zip'))).classes).toEqual(['Bad', 'Küche']);
  });
});

describe('bitmaps', () => {
  it('with a palette of 1, 4 and 8 bits give the palette’s colours, the bottom row last', () => {
    for (const bits of [1, 4, 8]) {
      const start = 54 + 4 * 2 ** bits;
      const file = Buffer.alloc(start + 8);
      file.write('BM');
      file.writeUInt32LE(start, 10);
      file.writeUInt32LE(40, 14);
      file.writeInt32LE(2, 18);
      file.writeInt32LE(2, 22);
      file.writeUInt16LE(bits, 28);
      file.set([1, 2, 3, 0, 40, 50, 60, 0], 54);
      // The lower row comes first: entry 1, then 0. The upper one: 0, 0.
      file[start] = bits === 8 ? 1 : 1 << (8 - bits);
      const { width, height, pixels } = readBmp(file);
      expect([width, height]).toEqual([2, 2]);
      expect([...pixels]).toEqual([3, 2, 1, 3, 2, 1, 60, 50, 40, 3, 2, 1]);
    }
  });
});

describe('IDX', () => {
  const pictures = (n: number, from = 0): number[] => Array.from({ length: n * 16 }, (_, i) => (from + i * 7) & 255);

  it('is read from pairs of files, gzipped or not, by their names’ splits', async () => {
    writeFiles(root, {
      'train-images-idx3-ubyte.gz': gzipSync(idx([20, 4, 4], pictures(20))),
      'train-labels-idx1-ubyte.gz': gzipSync(
        idx(
          [20],
          Array.from({ length: 20 }, (_, i) => 1 + (i % 2)),
        ),
      ),
      't10k-images-idx3-ubyte': idx([4, 4, 4], pictures(4, 3)),
      't10k-labels-idx1-ubyte': idx([4], [1, 2, 1, 2]),
    });
    const dataset = await openDataset(root);
    expect(dataset.shape).toEqual({ height: 4, width: 4, channels: 1 });
    // Classes that no sample is of (0 here, as in EMNIST's letters) are none.
    expect(dataset.classes).toEqual(['1', '2']);
    expect(dataset.mirrorable).toBe(false);
    expect(dataset.test.ids).toHaveLength(4);
    expect(
      Uint8Array.from(sampleAt(dataset.shape, dataset.test, dataset.test.ids.indexOf('t10k-images-idx3-ubyte#1'))),
    ).toEqual(Uint8Array.from(pictures(4, 3).slice(16, 32)));
    const larger = await openDataset(root, { shape: { height: 8, width: 8, channels: 3 } });
    expect(larger.shape).toEqual({ height: 8, width: 8, channels: 3 });
    expect(larger.test.ids).toEqual(dataset.test.ids);
  });

  it.each([
    ['a missing labels file', idx([2, 4, 4], new Uint8Array(32)), null, /labels-idx1-ubyte is not beside it/],
    ['a cut', idx([3, 4, 4], new Uint8Array(32)), idx([3], [0, 1, 0]), /claims 3×4×4 values and holds 32/],
    ['other counts', idx([2, 4, 4], new Uint8Array(32)), idx([3], [0, 1, 0]), /there are 2 pictures and 3 labels/],
    ['floats', idx([2, 4, 4], new Uint8Array(32), 13), idx([2], [0, 1]), /its values are not bytes/],
    ['no rows', idx([2, 0, 4], []), idx([2], [0, 1]), /its items are 0×4, which are no pictures/],
    ['huge counts', idx([0xffffffff, 4, 4], []), idx([2], [0, 1]), /claims 4294967295×4×4 values and holds 0/],
    ['nothing', Buffer.alloc(0), idx([2], [0, 1]), /does not begin as one/],
  ])('with %s is refused', async (_, images, labels, message) => {
    writeFiles(root, { 'x-images-idx3-ubyte': images, ...(labels === null ? {} : { 'x-labels-idx1-ubyte': labels }) });
    await expect(openDataset(root)).rejects.toThrow(message);
  });
});

describe('CIFAR binaries', () => {
  const record = (labels: readonly number[], red: number, green: number, blue: number): Buffer =>
    Buffer.concat([Buffer.from(labels), Buffer.alloc(1024, red), Buffer.alloc(1024, green), Buffer.alloc(1024, blue)]);
  const ten = (n: number, from: number): Buffer =>
    Buffer.concat(Array.from({ length: n }, (_, i) => record([i % 10], from, (i * 3) & 255, 9)));

  it('are turned from planes into pixels, in their own splits', async () => {
    writeFiles(root, { 'data_batch_1.bin': ten(40, 1), 'data_batch_2.bin': ten(40, 2), 'test_batch.bin': ten(20, 3) });
    const dataset = await openDataset(root);
    expect(dataset.classes.slice(0, 3)).toEqual(['airplane', 'automobile', 'bird']);
    expect(dataset.test.labels).toHaveLength(20);
    expect(dataset.mirrorable).toBe(true);
    const at = dataset.test.ids.indexOf('test_batch.bin#7');
    expect([...sampleAt(dataset.shape, dataset.test, at).subarray(0, 6)]).toEqual([3, 21, 9, 3, 21, 9]);
    expect(dataset.test.labels[at]).toBe(7);
  });

  it('of CIFAR-100 have fine and coarse classes, named by the file beside them', async () => {
    const some = (n: number, red: number): Buffer =>
      Buffer.concat(Array.from({ length: n }, (_, i) => record([i % 20, i % 100], red, i & 255, i >> 8)));
    const names = Array.from({ length: 20 }, (_, i) => `group ${i}`);
    writeFiles(root, {
      'train.bin': some(200, 1),
      'test.bin': some(100, 2),
      'coarse_label_names.txt': names.join('\n'),
    });
    expect((await openDataset(root)).classes).toHaveLength(100);
    expect((await openDataset(`${root}?labels=coarse`)).classes).toEqual(names);
  });

  it('that are cut off, or have labels that there are not, are refused', async () => {
    writeFiles(root, { 'data_batch_1.bin': ten(10, 1).subarray(0, 9000) });
    await expect(openDataset(root)).rejects.toThrow(/data_batch_1.bin is not a whole number of CIFAR records/);
    writeFiles(root, { 'data_batch_1.bin': record([11], 0, 0, 0) });
    await expect(openDataset(root)).rejects.toThrow(/has the label 11 in record 0; there are 10 classes/);
  });
});

describe('recordings', () => {
  it('named CLASS_SPEAKER_NUMBER have test speakers that are not heard in training', async () => {
    const files: Record<string, Buffer> = {};
    for (const [s, speaker] of ['ann', 'bob', 'cid', 'dee', 'eve'].entries()) {
      for (const digit of [0, 1]) {
        for (let i = 0; i < 3; i++)
          files[`rec/${digit}_${speaker}_${i}.wav`] = wav(tone(300 + 500 * digit + 20 * s + i, 0.3));
      }
    }
    const { train, validation, test, classes, kind, shape } = await openDataset(writeFiles(root, files));
    expect([kind, classes, shape]).toEqual(['audio', ['0', '1'], { height: 62, width: 40, channels: 1 }]);
    const speakers = [train, validation, test].map(({ ids }) => new Set(ids.map((id) => id.split('_')[1])));
    expect(speakers[1].size * speakers[2].size).toBeGreaterThan(0);
    for (const speaker of speakers[0]) expect(speakers[1].has(speaker) || speakers[2].has(speaker)).toBe(false);
    for (const speaker of speakers[1]) expect(speakers[2].has(speaker)).toBe(false);
  });

  it('in folders by class keep a speaker of Speech Commands in one split', async () => {
    const files: Record<string, Buffer> = {};
    for (let s = 0; s < 40; s++) {
      for (const word of ['yes', 'no'])
        files[`${word}/${(s * 7919 + 4096).toString(16)}_nohash_0.wav`] = wav(tone(200 + s * 11, 0.1));
    }
    // The same speaker's two words differ in nothing else here: make them.
    for (const [name, data] of Object.entries(files))
      if (name.startsWith('no')) files[name] = Buffer.concat([data, Buffer.alloc(2)]);
    const dataset = await openDataset(writeFiles(root, files));
    const placeOf = new Map<string, string>();
    for (const name of splitNames) {
      for (const id of dataset[name].ids) {
        const speaker = id.split('/')[1];
        expect(placeOf.get(speaker) ?? name).toBe(name);
        placeOf.set(speaker, name);
      }
    }
    expect(new Set(placeOf.values()).size).toBe(3);
  });
});

describe('inputs', () => {
  it('are x − 128 on a board, and that over 128 in a float network', () => {
    expect([...toBoardInput(Uint8Array.of(0, 128, 255))]).toEqual([-128, 0, 127]);
    expect([...toNetworkInput(Uint8Array.of(0, 128, 192))]).toEqual([-1, 0, 0.5]);
  });

  it('that are resized keep an even colour, and average where they shrink', () => {
    const shape = (height: number, width: number, channels: number) => ({ height, width, channels });
    expect([...resizeAll(Uint8Array.of(7, 7, 7, 7), shape(2, 2, 1), shape(3, 5, 1))]).toEqual(new Array(15).fill(7));
    const [grey] = resizeAll(Uint8Array.of(0, 0, 200, 200, 0, 0, 200, 200), shape(2, 4, 1), shape(1, 1, 1));
    expect(Math.abs(grey - 100)).toBeLessThanOrEqual(1);
    expect([...resizeAll(Uint8Array.of(9), shape(1, 1, 1), shape(1, 1, 3))]).toEqual([9, 9, 9]);
    expect([...resizeAll(Uint8Array.of(255, 0, 0), shape(1, 1, 3), shape(1, 1, 1))]).toEqual([76]);
  });
});
