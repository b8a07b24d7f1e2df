import { describe, expect, it } from 'vitest';
import { layersAt, layersOf, mapCode, piecesOf, type CodeFile } from '../../renderer/build/codeMap.ts';
import { compileModel } from '../../main/core/engine/index.ts';
import { randomModel } from '../support/randomModel.ts';
import { hasSharedModels, sharedModel } from '../support/sharedModels.ts';

/** The generated C of some model, as the window gets it. */
function codeOf(seed: number): { files: CodeFile[]; operators: { name: string }[] } {
  const compiled = compileModel(randomModel(seed), { core: 'm4' });
  return {
    files: [...compiled.files].map(([name, text]) => ({ name, text })),
    operators: compiled.model.operators.map(({ name }) => ({ name })),
  };
}

describe('the map between layers and their C', () => {
  it.each([1, 2, 3, 4, 5, 6])('finds for every layer of model %i its entry, its kernel, and the way back', (seed) => {
    const { files, operators } = codeOf(seed);
    const pieces = mapCode(files);
    expect(layersOf(files)).toEqual(operators.map(({ name }, index) => ({ index, name })));
    for (const layer of operators.keys()) {
      const own = piecesOf(pieces, layer);
      const places = new Set(own.map(({ file }) => file));
      expect([...places]).toEqual(expect.arrayContaining(['model.c', 'model_kernels.c']));
      for (const { file, first } of own) expect(layersAt(pieces, file, first).length).toBeGreaterThan(0);
      const entry = own.find(({ file }) => file === 'model.c');
      expect(layersAt(pieces, 'model.c', entry?.first ?? -1)).toEqual([layer]);
    }
  });

  it('says that the driver’s own lines are no layer’s', () => {
    const { files } = codeOf(1);
    const driver = files.find(({ name }) => name === 'model.c')?.text.split('\n') ?? [];
    const line = driver.findIndex((text) => text.startsWith('int model_invoke'));
    expect(line).toBeGreaterThan(0);
    expect(layersAt(mapCode(files), 'model.c', line)).toEqual([]);
  });
});

describe.skipIf(!hasSharedModels)('the map of a published model’s C', () => {
  it('leads from every layer to the function that does it', () => {
    const compiled = compileModel(sharedModel('mlperf-kws-dscnn'), { core: 'm4' });
    const files = [...compiled.files].map(([name, text]) => ({ name, text }));
    const pieces = mapCode(files);
    for (const layer of compiled.model.operators.keys())
      expect(piecesOf(pieces, layer).map(({ file }) => file)).toContain('model_kernels.c');
  });
});
