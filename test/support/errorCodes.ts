import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** How a code is written where an error is made: in full, or by a helper that puts the module's name before it. */
const inFull = [
  /\bcode: '([a-z]+\.[a-z0-9.-]+)'/g,
  // One of two.
  /\bcode: \w+ \? '([a-z]+\.[a-z-]+)' : '[a-z]/g,
  /\bcode: \w+ \? '[a-z]+\.[a-z-]+' : '([a-z]+\.[a-z-]+)'/g,
  // Beside its words, in a list.
  /'(link\.port-[a-z]+)'/g,
];
const byHelper: readonly { readonly folder: string; readonly prefix: string; readonly call: RegExp }[] = [
  { folder: 'main/datasets', prefix: 'dataset', call: /\b(?:datasetError|BrokenSampleError|refuse)\(\s*'([a-z-]+)'/g },
  { folder: 'main/probes', prefix: 'probe', call: /\bfailure\(\s*'([a-z-]+)'/g },
];

/** Every error code that the source can tell a user, in order. */
export function errorCodes(): string[] {
  const codes = new Set(['cancelled', 'internal', 'contract.unknown-call', 'contract.unknown-event']);
  for (const top of ['main', 'renderer']) {
    for (const name of readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })) {
      if (!/\.tsx?$/.test(name)) continue;
      const file = `${top}/${name}`;
      const source = readFileSync(join(root, file), 'utf8');
      for (const way of inFull) for (const [, code] of source.matchAll(way)) codes.add(code);
      for (const { folder, prefix, call } of byHelper) {
        if (file.startsWith(folder)) for (const [, code] of source.matchAll(call)) codes.add(`${prefix}.${code}`);
      }
    }
  }
  return [...codes].sort();
}
