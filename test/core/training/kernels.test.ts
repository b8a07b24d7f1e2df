import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedFile, generateKernels } from '../../../native-toolchain/trainingKernels.ts';

it('ships the training kernels that its sources give, byte for byte', async () => {
  const committed = readFileSync(generatedFile, 'utf8');
  const generated = await generateKernels();
  expect(generated === committed, 'run `npm run build:training-kernels` and commit the result').toBe(true);
});
