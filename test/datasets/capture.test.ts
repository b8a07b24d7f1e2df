import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { splitNames } from '../../main/contract/index.ts';
import {
  captureSample,
  checkClassName,
  countCaptured,
  discardSample,
  openDataset,
  sessionOf,
} from '../../main/datasets/index.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'capture-')), 'Küche "neu" 1');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const picture = (red: number): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: { r: red, g: 0, b: 0 } } })
    .png()
    .toBuffer();

/** The shortest WAV that is one: 8 kHz, mono, 16 bits. */
function sound(): Buffer {
  const file = Buffer.alloc(44 + 32);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 32, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(16000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(32, 40);
  return file;
}

describe('captured samples', () => {
  it('are whole files by class, named after session and content', async () => {
    const bytes = await picture(200);
    const { id, isNew } = captureSample({ folder, className: 'rote Tasse', bytes, session: 's1' });
    expect(isNew).toBe(true);
    expect(id).toMatch(/^rote Tasse\/rec-s1-[0-9a-f]{24}\.png$/);
    expect(readFileSync(join(folder, id)).equals(bytes)).toBe(true);
    expect(sessionOf(id)).toBe('s1');
  });

  it('are kept once, however often they are sent', async () => {
    const bytes = await picture(10);
    const first = captureSample({ folder, className: 'cup', bytes, session: 'a' });
    const second = captureSample({ folder, className: 'cup', bytes, session: 'b' });
    expect(second).toEqual({ id: first.id, isNew: false });
    expect(countCaptured(folder)).toEqual([{ name: 'cup', count: 1 }]);
  });

  it('leave nothing else behind', async () => {
    for (let i = 0; i < 5; i++) captureSample({ folder, className: 'cup', bytes: await picture(i), session: 'a' });
    expect(readdirSync(join(folder, 'cup')).every((name) => name.endsWith('.png'))).toBe(true);
  });

  it('can be taken away again, and nothing but them', async () => {
    const { id } = captureSample({ folder, className: 'cup', bytes: await picture(1), session: 'a' });
    writeFileSync(join(folder, 'cup', 'mine.png'), await picture(2));
    discardSample(folder, id);
    expect(readdirSync(join(folder, 'cup'))).toEqual(['mine.png']);
    expect(() => discardSample(folder, 'cup/mine.png')).toThrow(/cup\/mine\.png is no sample that was recorded/);
    expect(() => discardSample(folder, '../cup/mine.png')).toThrow(/cannot be the name of a class/);
    expect(() => discardSample(folder, id)).toThrow(/is no sample that was recorded/);
  });

  it('are of one kind in one dataset', async () => {
    captureSample({ folder, className: 'cup', bytes: await picture(1), session: 'a' });
    expect(() => captureSample({ folder, className: 'yes', bytes: sound(), session: 'a' })).toThrow(
      /holds pictures \(cup\/rec-a-.*\.png\), so sound cannot be added/,
    );
  });

  it('are recognized by their bytes, and anything else is refused', () => {
    expect(captureSample({ folder, className: 'yes', bytes: sound(), session: 'a' }).id).toMatch(/\.wav$/);
    for (const bytes of [Buffer.alloc(0), Buffer.from('<svg onload="alert(1)">'), Buffer.from('MZ\u0090')]) {
      expect(() => captureSample({ folder, className: 'yes', bytes, session: 'a' })).toThrow(
        `The recorded ${bytes.length} bytes are neither PNG, JPEG, WebP nor WAV.`,
      );
    }
  });

  it.each([
    ['', /it is empty/],
    ['..', /ends with a dot/],
    ['.hidden', /begins with a dot/],
    ['a/b', /it holds one of/],
    ['..\\b', /begins with a dot/],
    ['tab\there', /control character/],
    ['CON', /Windows keeps this name/],
    ['Test', /taken for a split/],
    ['ü'.repeat(61), /longer than 120 bytes/],
  ])('refuse the class name “%s”', (name, why) => {
    expect(() => checkClassName(name)).toThrow(why);
  });

  it('do not follow a class folder that is a link to elsewhere', async () => {
    const elsewhere = join(folder, '..', 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(folder);
    symlinkSync(elsewhere, join(folder, 'cup'));
    const bytes = await picture(1);
    expect(() => captureSample({ folder, className: 'cup', bytes, session: 'a' })).toThrow(
      /a link that leads elsewhere/,
    );
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it('name a session that can be part of a file name', async () => {
    const bytes = await picture(1);
    expect(() => captureSample({ folder, className: 'cup', bytes, session: '../x' })).toThrow(/is not a session/);
  });
});

describe('a dataset of captured samples', () => {
  it('keeps the pictures of one session in one split', async () => {
    for (const [c, className] of ['cup', 'key'].entries()) {
      for (let session = 0; session < 6; session++) {
        for (let shot = 0; shot < 4; shot++) {
          const bytes = await picture(100 * c + session * 10 + shot);
          captureSample({ folder, className, bytes, session: `${className}${session}` });
        }
      }
    }
    const dataset = await openDataset(folder);
    const placeOf = new Map<string | null, string>();
    for (const name of splitNames) {
      expect(new Set(dataset[name].labels).size).toBe(2);
      for (const id of dataset[name].ids) {
        expect(placeOf.get(sessionOf(id)) ?? name).toBe(name);
        placeOf.set(sessionOf(id), name);
      }
    }
  });

  it('says what recording in one go means', async () => {
    for (const [c, className] of ['cup', 'key'].entries()) {
      for (let shot = 0; shot < 12; shot++)
        captureSample({ folder, className, bytes: await picture(100 * c + shot), session: className });
    }
    const { report } = await openDataset(folder);
    expect(report.warnings.map(({ code }) => code)).toContain('dataset.few-recordings');
  });
});
