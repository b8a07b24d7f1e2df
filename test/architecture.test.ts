import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The house rules, proved by walking the imports:
 * - each floor imports only from floors below it, and modules of one floor never in a circle;
 * - a module is entered through its `index.ts` alone;
 * - `core` and `contract` know no Node, no Electron, no clock; only `app` knows Electron;
 * - the window talks to `contract` and to nothing else in `main`.
 */
const root = join(import.meta.dirname, '..');

const floors: readonly (readonly string[])[] = [
  ['contract'],
  ['core'],
  ['processes', 'datasets', 'toolchain', 'firmware', 'boards', 'probes', 'link', 'store'],
  ['studio'],
  ['app', 'server', 'cli'],
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.includes(`wasm${sep}assembly`))
    .map((name) => join(folder, name).split(sep).join('/'));
}

function importsOf(file: string): Import[] {
  const source = readFileSync(join(root, file), 'utf8');
  const specifiers = source.matchAll(
    /^(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^import\s*['"]([^'"]+)['"]/gm,
  );
  return [...specifiers].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? '';
    const to = specifier.startsWith('.')
      ? relative(root, join(root, file, '..', specifier))
          .split(sep)
          .join('/')
      : specifier;
    return { from: file, to };
  });
}

/** `main/core/graph/x.ts` → `core/graph`, `main/link/x.ts` → `link`. */
function moduleOf(file: string): string {
  const parts = file.split('/').slice(1);
  return parts[0] === 'core' ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
}

const floorOf = (module: string): number => floors.findIndex((floor) => floor.includes(module.split('/')[0] ?? ''));

const files = sourceFiles('main');
const imports = files.flatMap(importsOf);
const inner = imports.filter(({ to }) => to.startsWith('main/') && moduleOf(to) !== '');
const crossing = inner.filter(({ from, to }) => moduleOf(from) !== moduleOf(to));
const say = ({ from, to }: Import): string => `${from} → ${to}`;

describe('the architecture', () => {
  it('knows the floor of every file', () => {
    expect(files.filter((file) => floorOf(moduleOf(file)) < 0)).toEqual([]);
  });

  it('imports only from floors below, or beside', () => {
    expect(crossing.filter(({ from, to }) => floorOf(moduleOf(to)) > floorOf(moduleOf(from))).map(say)).toEqual([]);
  });

  it('has no circle among the modules of one floor', () => {
    const edges = new Map<string, Set<string>>();
    for (const { from, to } of crossing) {
      const targets = edges.get(moduleOf(from)) ?? new Set<string>();
      edges.set(moduleOf(from), targets.add(moduleOf(to)));
    }
    const circles: string[] = [];
    const visit = (module: string, path: readonly string[]): void => {
      if (path.includes(module)) circles.push([...path.slice(path.indexOf(module)), module].join(' → '));
      else for (const next of edges.get(module) ?? []) visit(next, [...path, module]);
    };
    for (const module of edges.keys()) visit(module, []);
    expect([...new Set(circles)]).toEqual([]);
  });

  it('enters a module through its index.ts alone', () => {
    expect(crossing.filter(({ to }) => !to.endsWith('/index.ts')).map(say)).toEqual([]);
  });

  it('keeps core and contract free of Node, Electron and packages that need them', () => {
    const pure = /^main\/(core|contract)\//;
    const allowed = /^(zod|flatbuffers|protobufjs|@tensorflow\/)/;
    const foreign = imports.filter(({ from, to }) => pure.test(from) && !to.startsWith('main/') && !allowed.test(to));
    expect(foreign.map(say)).toEqual([]);
  });

  it('keeps clocks and chance out of core', () => {
    const guilty = files.filter(
      (file) =>
        file.startsWith('main/core/') &&
        /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bperformance\.now\(/.test(
          readFileSync(join(root, file), 'utf8'),
        ),
    );
    expect(guilty).toEqual([]);
  });

  it('lets only app know Electron', () => {
    expect(imports.filter(({ from, to }) => to === 'electron' && !from.startsWith('main/app/')).map(say)).toEqual([]);
  });

  it('lets the window talk to the contract and to nothing else in main', () => {
    const window = sourceFiles('renderer').flatMap(importsOf);
    const reaching = window.filter(({ to }) => to.startsWith('main/') && to !== 'main/contract/index.ts');
    const node = window.filter(({ to }) => to.startsWith('node:') || to === 'electron');
    expect([...reaching, ...node].map(say)).toEqual([]);
  });

  it('starts no process through a shell', () => {
    const guilty = files.filter((file) =>
      /\bexecSync\(|\bexec\(\s*[`'"]|shell:\s*true/.test(readFileSync(join(root, file), 'utf8')),
    );
    expect(guilty).toEqual([]);
  });
});
