import { describe, expect, it } from 'vitest';
import { inspectModel, interpret } from '../../../main/core/graph/index.ts';
import { goldenVectors, hasSharedModels, sharedModel, sharedModelNames } from '../../support/sharedModels.ts';

/** The outputs were made with TensorFlow Lite Micro's reference kernels; every byte has to agree. */
describe.skipIf(!hasSharedModels)('the interpreter on the golden vectors', () => {
  it.each(sharedModelNames)('agrees with TensorFlow Lite Micro in every byte: %s', (name) => {
    const model = sharedModel(name);
    const vectors = goldenVectors(name);
    expect(vectors.length).toBeGreaterThan(0);
    for (const { input, output } of vectors) {
      const outputs = interpret(model, [input]);
      expect(Buffer.concat(outputs.map((bytes) => Buffer.from(bytes))).equals(Buffer.from(output))).toBe(true);
    }
  });

  it.each([
    ['mcunet-vww1', 11_578_816],
    ['mlperf-ad-autoencoder', 264_192],
  ])('counts the multiply-accumulates of %s as its makers did', (name, macs) => {
    expect(inspectModel(sharedModel(name)).macs).toBe(macs);
  });
});
