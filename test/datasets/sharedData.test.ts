import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openContainer } from '../../main/datasets/container/open.ts';
import { openDataset } from '../../main/datasets/index.ts';
import { writeFiles } from './fixtures.ts';

/** Real datasets that stand beside a checkout where it is developed; nothing of them is in the project. */
const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const has = (name: string): boolean => existsSync(join(data, name));
const root = mkdtempSync(join(tmpdir(), 'real-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const countsOf = ({ train, validation, test }: Record<'train' | 'validation' | 'test', { labels: Uint16Array }>) =>
  [train, validation, test].map(({ labels }) => labels.length);

describe.skipIf(!has('fsdd-wav.zip'))('spoken digits', () => {
  it('are ten classes of six speakers, one of whom is heard in the test alone', async () => {
    const dataset = await openDataset(join(data, 'fsdd-wav.zip'));
    expect(dataset.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(countsOf(dataset)).toEqual([2000, 500, 500]);
    expect(dataset.report.brokenCount).toBe(0);
    const speakers = (ids: readonly string[]): Set<string> => new Set(ids.map((id) => id.split('_')[1]));
    const trained = speakers(dataset.train.ids);
    expect([...speakers(dataset.test.ids), ...speakers(dataset.validation.ids)].some((s) => trained.has(s))).toBe(
      false,
    );
  });
});

describe.skipIf(!has('clothing-160.zip'))('photos of clothing', () => {
  it('keep their splits, and an imbalance is pointed out', async () => {
    const dataset = await openDataset(join(data, 'clothing-160.zip'), {
      shape: { height: 32, width: 32, channels: 3 },
    });
    expect(dataset.classes).toHaveLength(10);
    expect(countsOf(dataset)).toEqual([3068, 341, 372]);
    expect(dataset.report.imbalance).toBeCloseTo(7.1, 1);
    expect(dataset.report.warnings.map(({ code }) => code)).toContain('dataset.imbalanced');
  });
});

describe.skipIf(!has('cifar10-jpg.zip'))('CIFAR-10 as JPEG files', () => {
  it('is listed whole from its zip, and a part of it is decoded', async () => {
    const zip = openContainer(join(data, 'cifar10-jpg.zip'));
    try {
      expect(zip.entries).toHaveLength(60_000);
      const some = zip.entries.filter(({ path }) =>
        /^(train\/(cat|ship)\/00|test\/(cat|ship)\/000)\d+\.jpg$/.test(path),
      );
      const folder = writeFiles(root, Object.fromEntries(some.map((entry) => [entry.path, zip.read(entry)])));
      const { shape, classes, test, report } = await openDataset(folder);
      expect([shape.height, shape.width, classes]).toEqual([32, 32, ['cat', 'ship']]);
      expect(test.ids.every((id) => id.startsWith('test/'))).toBe(true);
      expect(report.brokenCount).toBe(0);
    } finally {
      zip.close();
    }
  });
});
