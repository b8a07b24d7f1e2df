/**
 * Feeds mutated .tflite files to the reader: `npm run bench:fuzz-tflite [-- FILES]`, a million by default. Each must be
 * read (and, if small, run) or refused with one StudioError, quickly. Ends with an error at the first file that is not.
 */
import { StudioError } from '../../main/contract/index.ts';
import { readTflite, writeTflite } from '../../main/core/formats/index.ts';
import { createRandom } from '../../main/core/random/index.ts';
import { mutateFile } from '../support/mutateFile.ts';
import { randomModel } from '../support/randomModel.ts';
import { runIfSmall } from '../support/runIfSmall.ts';
import { sharedModelBytes, sharedModelNames } from '../support/sharedModels.ts';

const files = Number(process.argv[2] ?? 1_000_000);
const LONGEST_MS = 5000;

/** Small files of our own for the most part; one in two hundred a real one, where there are any. */
function sourceFile(round: number): Uint8Array {
  const real = sharedModelNames[Math.floor(round / 200) % Math.max(1, sharedModelNames.length)];
  if (real !== undefined && round % 200 === 0) return cached(real, () => sharedModelBytes(real));
  const seed = Math.floor(round / 500) % 2000;
  return cached(`random ${seed}`, () => writeTflite(randomModel(seed, { onlyTflite: true, operators: 10 })));
}

const cache = new Map<string, Uint8Array>();

function cached(key: string, make: () => Uint8Array): Uint8Array {
  const known = cache.get(key) ?? make();
  if (cache.size > 64) cache.clear();
  cache.set(key, known);
  return known;
}

const outcomes = new Map<string, number>();
const random = createRandom(2026);
let slowest = 0;
const start = process.cpuUsage();

for (let round = 0; round < files; round++) {
  const before = performance.now();
  const outcome = read(mutateFile(sourceFile(round), random), round);
  const elapsed = performance.now() - before;
  slowest = Math.max(slowest, elapsed);
  if (elapsed > LONGEST_MS) throw new Error(`file ${round} took ${elapsed.toFixed(0)} ms`);
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  if ((round + 1) % 100_000 === 0) console.error(`${round + 1} of ${files} files`);
}

function read(bytes: Uint8Array, round: number): string {
  try {
    runIfSmall(readTflite(bytes, 'broken.tflite'));
    return 'read';
  } catch (thrown) {
    if (thrown instanceof StudioError) return thrown.code;
    throw new Error(`file ${round} broke the reader`, { cause: thrown });
  }
}

const cpu = process.cpuUsage(start);
console.log(
  `${files} mutated files, ${((cpu.user + cpu.system) / 1e6).toFixed(1)} s of CPU, slowest ${slowest.toFixed(0)} ms`,
);
for (const [code, count] of [...outcomes].sort((a, b) => b[1] - a[1]))
  console.log(`${String(count).padStart(9)}  ${code}`);
