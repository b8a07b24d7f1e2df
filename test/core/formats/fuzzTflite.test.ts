import { describe, expect, it } from 'vitest';
import { StudioError } from '../../../main/contract/index.ts';
import { readTflite, writeTflite } from '../../../main/core/formats/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { mutateFile } from '../../support/mutateFile.ts';
import { randomModel } from '../../support/randomModel.ts';
import { runIfSmall } from '../../support/runIfSmall.ts';

const FILES = 12;
const MUTATIONS_EACH = 500;
/** A reading that takes longer hangs, as far as its user is concerned. */
const LONGEST_MS = 2000;

/** `npm run bench:fuzz-tflite` does the same a million times. */
describe('readTflite on broken files', () => {
  it(`reads and runs, or says what is wrong: ${FILES * MUTATIONS_EACH} mutated files`, () => {
    const codes = new Set<string>();
    for (let seed = 0; seed < FILES; seed++) {
      const file = writeTflite(randomModel(seed, { onlyTflite: true, operators: 10 }));
      const random = createRandom(seed).fork('mutations');
      for (let round = 0; round < MUTATIONS_EACH; round++) {
        const code = outcome(mutateFile(file, random), `seed ${seed}, round ${round}`);
        codes.add(code);
      }
    }
    // The mutations reach every stage: framing, indexes, operators, types, the verifier.
    for (const code of ['read', 'model.not-tflite', 'model.truncated', 'model.damaged', 'model.unsupported-operator']) {
      expect([...codes]).toContain(code);
    }
    for (const code of ['model.not-int8', 'model.invalid', 'model.several-subgraphs']) {
      expect([...codes]).toContain(code);
    }
  });
});

/** `read`, or the code of the one error; anything else fails the test. */
function outcome(bytes: Uint8Array, label: string): string {
  const start = performance.now();
  try {
    runIfSmall(readTflite(bytes, 'broken.tflite'));
    return 'read';
  } catch (thrown) {
    expect(thrown, `${label}: ${thrown instanceof Error ? thrown.stack : String(thrown)}`).toBeInstanceOf(StudioError);
    const error = thrown as StudioError;
    expect(error.message.length, label).toBeLessThan(600);
    expect(error.message, label).toMatch(/^.*broken\.tflite/);
    return error.code;
  } finally {
    expect(performance.now() - start, label).toBeLessThan(LONGEST_MS);
  }
}
