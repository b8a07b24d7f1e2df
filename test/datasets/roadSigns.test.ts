import { describe, expect, it } from 'vitest';
import { openDataset, type Dataset } from '../../main/datasets/index.ts';
import { drawSplits } from '../../main/datasets/generate/drawSplits.ts';

const open = (options: string): Promise<Dataset> => openDataset(`generated:road-signs?${options}`);

/** Softmax regression on the pixels: what can be told from colours in places alone. */
function linearAccuracy({ train, test, classes, shape }: Dataset): number {
  const inputs = shape.height * shape.width * shape.channels;
  const width = classes.length;
  const weights = new Float32Array((inputs + 1) * width);
  const scores = new Float64Array(width);
  const score = (samples: Uint8Array, at: number): void => {
    for (let c = 0; c < width; c++) scores[c] = weights[inputs * width + c];
    for (let i = 0; i < inputs; i++) {
      const x = (samples[at + i] - 128) / 128;
      for (let c = 0; c < width; c++) scores[c] += x * weights[i * width + c];
    }
  };
  for (let epoch = 0; epoch < 8; epoch++) {
    const rate = 0.004 / (1 + epoch);
    train.labels.forEach((label, n) => {
      score(train.samples, n * inputs);
      const highest = Math.max(...scores);
      const exponents = Array.from(scores, (s) => Math.exp(s - highest));
      const sum = exponents.reduce((a, b) => a + b, 0);
      const errors = exponents.map((e, c) => rate * (e / sum - (c === label ? 1 : 0)));
      for (let i = 0; i <= inputs; i++) {
        const x = i === inputs ? 1 : (train.samples[n * inputs + i] - 128) / 128;
        for (let c = 0; c < width; c++) weights[i * width + c] -= errors[c] * x;
      }
    });
  }
  let right = 0;
  test.labels.forEach((label, n) => {
    score(test.samples, n * inputs);
    if (scores.indexOf(Math.max(...scores)) === label) right++;
  });
  return right / test.labels.length;
}

describe('generated road signs', () => {
  it('are the same for the same seed, on any number of threads, and others for another', async () => {
    const options = { drawing: 'road-signs', size: 32, seed: 7, train: 64, validation: 16, test: 16 } as const;
    const [one, two] = [await drawSplits({ ...options, workers: 1 }), await drawSplits({ ...options, workers: 3 })];
    expect(one.train.samples).toEqual(two.train.samples);
    expect(one.test.labels).toEqual(two.test.labels);
    const other = await drawSplits({ ...options, seed: 8, workers: 1 });
    expect(other.train.samples).not.toEqual(one.train.samples);
  });

  it('are the same on every machine', async () => {
    const { fingerprint } = await open('size=32&seed=1&train=48&validation=16&test=16');
    expect(fingerprint.slice(0, 16)).toBe('7e65bc2f3c1772e1');
  });

  it('have as many samples of each class, none twice, in splits of their own', async () => {
    const { train, validation, test, classes, shape } = await open('size=32&train=160&validation=32&test=32');
    expect(classes).toHaveLength(16);
    const bytes = shape.height * shape.width * shape.channels;
    const seen = new Set<string>();
    for (const { samples, labels } of [train, validation, test]) {
      const counts = classes.map((_, c) => labels.filter((label) => label === c).length);
      expect(new Set(counts).size).toBe(1);
      labels.forEach((_, n) => seen.add(Buffer.from(samples.subarray(n * bytes, (n + 1) * bytes)).toString('base64')));
    }
    expect(seen.size).toBe(160 + 32 + 32);
  });

  it('are worth learning: a linear model fails on them', async () => {
    const accuracy = linearAccuracy(await open('size=32&train=2000&validation=16&test=400'));
    expect(accuracy).toBeGreaterThan(1 / 16);
    expect(accuracy).toBeLessThan(0.45);
  });

  it('can be stopped, and say what they do not know', async () => {
    const abort = new AbortController();
    const stopped = openDataset('generated:road-signs', { signal: abort.signal, onProgress: () => abort.abort() });
    await expect(stopped).rejects.toThrow(/abort/i);
    await expect(open('size=20')).rejects.toThrow(/size=20 is not a whole number from 32 to 224/);
    await expect(open('colour=red')).rejects.toThrow(/there is no option colour/);
    await expect(openDataset('generated:cats')).rejects.toThrow(/no generated dataset named cats/);
  });
});
