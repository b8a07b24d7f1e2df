import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudioError } from '../../main/contract/index.ts';
import { openDataset } from '../../main/datasets/index.ts';
import { classFolders, picture, writeFiles, zip, zipOf, type ZipEntry } from './fixtures.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hostile-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What a user is told. */
async function refusal(path: string): Promise<Pick<StudioError, 'code' | 'message' | 'remedy'>> {
  const opened = await openDataset(path).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(opened instanceof Error) || opened.name !== 'StudioError') throw new Error(`not refused: ${String(opened)}`);
  const { code, message, remedy } = opened as StudioError;
  return { code, message: message.replaceAll(root, 'HERE'), remedy };
}

async function zipWith(...more: ZipEntry[]): Promise<string> {
  const good = Object.entries(await classFolders(['a', 'b'], 4)).map(([name, data]) => ({
    name,
    data: Buffer.from(data),
  }));
  const file = join(root, 'set.zip');
  writeFileSync(file, zip([...good, ...more]));
  return file;
}

describe('a table is refused', () => {
  it('whose pictures take too much memory at the size that is asked for', async () => {
    const count = 25_000;
    const idx = (type: number, sizes: readonly number[], bytes: number): Buffer => {
      const file = Buffer.alloc(4 + 4 * sizes.length + bytes);
      file.set([0, 0, type, sizes.length]);
      sizes.forEach((size, i) => file.writeUInt32BE(size, 4 + 4 * i));
      return file;
    };
    writeFiles(root, {
      'train-images-idx3-ubyte': idx(8, [count, 1, 1], count),
      'train-labels-idx1-ubyte': idx(8, [count], count),
    });
    expect(await refusal(`${root}?size=512`)).toMatchObject({ code: 'dataset.too-large' });
  });

  it('that has more classes than labels can tell apart', async () => {
    const rows = Array.from({ length: 8 * 10_001 }, (_, i) => `${i % 7},${i % 5},label${i >> 3}`);
    writeFiles(root, { 'x.csv': `a,b,label\n${rows.join('\n')}\n` });
    expect(await refusal(join(root, 'x.csv?window=8'))).toMatchObject({ code: 'dataset.too-many-classes' });
  });
});

describe('a zip is refused', () => {
  it.each(['../evil.png', 'a/../../evil.png', '/etc/evil.png', 'C:\\evil.png', '..\\evil.png'])(
    'whose entry is named %s',
    async (name) => {
      const { code, message } = await refusal(await zipWith({ name, data: await picture(1) }));
      expect(code).toBe('dataset.zip-escapes');
      expect(message).toBe(
        `HERE/set.zip holds the name ${name.replaceAll('\\', '/')}, which leads out of the archive.`,
      );
    },
  );

  it('that holds a link', async () => {
    const link = { name: 'a/link.png', data: Buffer.from('/etc/passwd'), mode: 0o120777 };
    expect(await refusal(await zipWith(link))).toMatchObject({
      code: 'dataset.zip-escapes',
      message: 'HERE/set.zip holds the link a/link.png; links in archives are not followed.',
    });
  });

  it('that unpacks to very much more than it is', async () => {
    const bomb = { name: 'a/bomb.png', data: Buffer.alloc(40 * 2 ** 20) };
    expect(await refusal(await zipWith(bomb))).toMatchObject({
      code: 'dataset.zip-bomb',
      message: expect.stringMatching(
        /made to exhaust this machine: it says that a\/bomb.png unpacks to 41943040 bytes/,
      ),
    });
  });

  it('whose entries share their data', async () => {
    const first = { name: 'a/first.png', data: await picture(5), stored: true };
    const copies = Array.from({ length: 5 }, (_, i) => ({
      name: `a/copy${i}.png`,
      data: first.data,
      stored: true,
      sharesWith: 0,
    }));
    writeFileSync(join(root, 'set.zip'), zip([first, ...copies]));
    expect(await refusal(join(root, 'set.zip'))).toMatchObject({
      code: 'dataset.zip-bomb',
      message: 'HERE/set.zip is made to exhaust this machine: its entries share their data.',
    });
  });

  it('that is encrypted', async () => {
    const secret = { name: 'a/secret.png', data: await picture(1), claims: { flags: 0x801 } };
    expect((await refusal(await zipWith(secret))).message).toBe('HERE/set.zip is encrypted (a/secret.png).');
  });

  it('that is cut off, wherever', async () => {
    const file = await zipWith();
    const { length } = zipOf(await classFolders(['a', 'b'], 4));
    for (const kept of [0, 3, 30, length - 200, length - 22, length - 1]) {
      truncateSync(file, Math.max(0, kept));
      expect((await refusal(file)).message).toBe(
        'HERE/set.zip is not a usable zip: it has no directory at its end, as if it were cut off.',
      );
      writeFileSync(file, zipOf(await classFolders(['a', 'b'], 4)));
    }
  });

  it('whose directory claims what is not there', async () => {
    const bytes = zipOf(await classFolders(['a', 'b'], 4));
    bytes.writeUInt16LE(0xfffe, bytes.length - 12);
    writeFileSync(join(root, 'set.zip'), bytes);
    expect((await refusal(join(root, 'set.zip'))).message).toMatch(/its directory claims more than the file holds/);
  });
});

describe('samples are listed as broken, and the rest is used,', () => {
  it('where a zip entry is damaged, lies about its size, or is packed in an unknown way', async () => {
    const file = await zipWith(
      { name: 'a/crc.png', data: await picture(101), claims: { crc: 1 } },
      { name: 'a/longer.png', data: await picture(102), claims: { bytes: 10 } },
      { name: 'b/method.png', data: await picture(103), claims: { method: 99 } },
      { name: 'b/huge.png', data: await picture(104), stored: true, claims: { bytes: 100 * 2 ** 20 } },
    );
    const refused = await refusal(file);
    // A size that is a lie of that kind is a bomb, and the archive is not touched at all.
    expect(refused.code).toBe('dataset.zip-bomb');
    const { report } = await openDataset(
      await zipWith(
        { name: 'a/crc.png', data: await picture(101), claims: { crc: 1 } },
        { name: 'a/longer.png', data: await picture(102), claims: { bytes: 10 } },
        { name: 'b/method.png', data: await picture(103), claims: { method: 99 } },
      ),
    );
    expect(report.broken).toEqual([
      { id: 'a/crc.png', code: 'dataset.zip-entry', reason: 'its checksum is wrong' },
      { id: 'a/longer.png', code: 'dataset.zip-entry', reason: 'its data is damaged' },
      { id: 'b/method.png', code: 'dataset.zip-entry', reason: 'it is packed by method 99, which is not known' },
    ]);
    expect(report.classes.reduce((sum, c) => sum + c.train + c.validation + c.test, 0)).toBe(8);
  });

  it('where a picture is empty, cut off, no picture, or of giant size', async () => {
    const whole = await sharp(await picture(1, 64, 64))
      .jpeg()
      .toBuffer();
    const giant = await picture(2);
    // Width and height of the PNG's header: 40,000 each, with the checksum made right again by nobody.
    giant.writeUInt32BE(40_000, 16);
    giant.writeUInt32BE(40_000, 20);
    const bmp = Buffer.alloc(60);
    bmp.write('BM');
    bmp.writeUInt32LE(54, 10);
    bmp.writeUInt32LE(40, 14);
    bmp.writeInt32LE(30_000, 18);
    bmp.writeInt32LE(30_000, 22);
    bmp.writeUInt16LE(24, 28);
    writeFiles(root, {
      ...(await classFolders(['a', 'b'], 4)),
      'a/empty.jpg': '',
      'a/cut.jpg': whole.subarray(0, whole.length >> 1),
      'b/giant.bmp': bmp,
      'b/giant.png': giant,
      'b/text.png': 'This is no picture.',
    });
    const { report } = await openDataset(root);
    const reasons = Object.fromEntries(report.broken.map(({ id, code, reason }) => [id, `${code}: ${reason}`]));
    expect(Object.keys(reasons).sort()).toEqual([
      'a/cut.jpg',
      'a/empty.jpg',
      'b/giant.bmp',
      'b/giant.png',
      'b/text.png',
    ]);
    expect(reasons['a/empty.jpg']).toBe('dataset.empty-file: it has no bytes');
    expect(reasons['a/cut.jpg']).toMatch(/dataset.unreadable-image: it cannot be decoded: .*premature end/i);
    expect(reasons['b/giant.bmp']).toBe('dataset.unreadable-image: it claims more than 100 million pixels');
    expect(reasons['b/giant.png']).toMatch(/dataset.unreadable-image: it (claims more|cannot be decoded)/);
    expect(reasons['b/text.png']).toMatch(/dataset.unreadable-image: it cannot be decoded/);
    expect(report.warnings.map(({ message }) => message)).toContain('5 files could not be read and were left out.');
  });

  it('and the user may stop at them instead', async () => {
    writeFiles(root, { ...(await classFolders(['a', 'b'], 4)), 'a/empty.jpg': '' });
    expect((await refusal(`${root}?broken=stop`)).message).toMatch(
      /^1 of the files in hostile-\w+ cannot be used, such as a\/empty.jpg: it has no bytes\.$/,
    );
  });

  it('where they stand beside the classes', async () => {
    writeFiles(root, { ...(await classFolders(['a', 'b'], 4)), 'logo.png': await picture(77) });
    const { report, classes } = await openDataset(root);
    expect(classes).toEqual(['a', 'b']);
    expect(report.broken).toEqual([
      { id: 'logo.png', code: 'dataset.stray-file', reason: 'it is not in the folder of a class' },
    ]);
  });
});

describe('a folder', () => {
  it('is refused when a link leads out of it', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'outside-'));
    writeFiles(root, await classFolders(['a', 'b'], 3));
    symlinkSync(outside, join(root, 'a', 'more'));
    expect(await refusal(root)).toMatchObject({
      code: 'dataset.link-outside',
      message: 'The link a/more in the dataset leads out of its folder.',
    });
    rmSync(outside, { recursive: true });
  });

  it('is read once through links inside it, even in a circle, and past links to nowhere and to themselves', async () => {
    writeFiles(root, await classFolders(['a', 'b'], 3));
    symlinkSync(root, join(root, 'a', 'up'));
    symlinkSync(join(root, 'gone.png'), join(root, 'b', 'gone.png'));
    symlinkSync(join(root, 'b', 'itself.png'), join(root, 'b', 'itself.png'));
    const { train, validation, test } = await openDataset(root);
    expect(train.labels.length + validation.labels.length + test.labels.length).toBe(6);
  });

  it.skipIf(process.platform === 'win32')('is not held up by a pipe', async () => {
    writeFiles(root, await classFolders(['a', 'b'], 3));
    execFileSync('mkfifo', [join(root, 'a', 'pipe.png')]);
    expect((await openDataset(root)).classes).toEqual(['a', 'b']);
    expect((await refusal(join(root, 'a', 'pipe.png'))).message).toBe(
      'HERE/a/pipe.png is neither a folder nor a file.',
    );
  });

  it.each(["it's “quoted” & 50 % off?", 'Größe Übermaß', 'x'.repeat(200), 'constructor', '__proto__', 'a#b;c$(d)`e`'])(
    'may be named %s, and so may its classes and files',
    async (name) => {
      const files = await classFolders([name, 'other'], 3);
      writeFiles(join(root, name), { ...files, [`${name}/${name.slice(0, 190)}.png`]: await picture(4242) });
      const { classes, train, validation, test } = await openDataset(join(root, name));
      expect(classes).toContain(name);
      expect(train.labels.length + validation.labels.length + test.labels.length).toBe(7);
    },
  );

  it('with an empty class is used without it, and says so', async () => {
    writeFiles(root, { ...(await classFolders(['a', 'b'], 3)), 'nothing/': '' });
    const { classes, report } = await openDataset(root);
    expect(classes).toEqual(['a', 'b']);
    expect(report.warnings.map(({ message }) => message)).toContain(
      'The folder nothing holds no sample; it is no class.',
    );
  });

  it('with a class of broken samples alone is refused with the reason of the first', async () => {
    writeFiles(root, { ...(await classFolders(['a', 'b'], 3)), 'c/empty.png': '' });
    expect((await refusal(root)).message).toMatch(
      /cannot be trained on: the class c has no usable sample \(1 could not be read, such as c\/empty.png: it has no bytes\)\.$/,
    );
  });

  it.each([
    ['nothing', {}, /holds no dataset that is known/],
    ['one class', { 'a/1.png': 1, 'a/2.png': 2 }, /it has only one class, and there is nothing to tell apart/],
    ['pictures without classes', { '1.png': 1, '2.png': 2 }, /holds no dataset that is known/],
  ])('with %s is refused', async (_, pictures, message) => {
    mkdirSync(join(root, 'set'));
    for (const [path, seed] of Object.entries(pictures)) {
      writeFiles(join(root, 'set'), { [path]: await picture(seed) });
    }
    expect((await refusal(join(root, 'set'))).message).toMatch(message);
  });

  it('that is not there is named', async () => {
    expect((await refusal(join(root, 'no such folder'))).message).toBe(
      'There is no folder or file at HERE/no such folder.',
    );
  });
});

describe('samples that contradict each other', () => {
  it('are left out: the same bytes in two classes teach nothing', async () => {
    const same = await picture(31);
    writeFiles(root, { ...(await classFolders(['a', 'b'], 4)), 'a/same.png': same, 'b/same.png': same });
    const { report } = await openDataset(root);
    expect(report.contradictions).toBe(2);
    expect(report.classes.reduce((sum, c) => sum + c.train + c.validation + c.test, 0)).toBe(8);
  });

  it('are named where nothing else is there', async () => {
    const same = await picture(31);
    writeFiles(root, { 'a/1.png': same, 'b/1.png': same });
    expect((await refusal(root)).message).toMatch(
      /no usable sample; 2 samples stand in two classes with the same bytes/,
    );
  });
});
