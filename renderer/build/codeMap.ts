/** Which lines of the generated C belong to which layer, read from the C itself: it names its layers by number. */

export interface CodeFile {
  readonly name: string;
  readonly text: string;
}

/** Lines of one file, counted from 0, both ends included. */
export interface CodePiece {
  readonly file: string;
  readonly first: number;
  readonly last: number;
  /** The layers that it belongs to, ascending. */
  readonly layers: readonly number[];
}

interface CFunction {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly body: string;
}

/**
 * The pieces of all files. A layer owns its entry in the driver's table (`/* 3 name: … *​/` and the line below it), its
 * weights (`/* 3: … *​/` up to the end of the array), and the functions that its entry calls, however deep.
 */
export function mapCode(files: readonly CodeFile[]): CodePiece[] {
  const entries = new Map<string, Set<number>>();
  const pieces: CodePiece[] = [];
  for (const { name, text } of files) {
    const lines = text.split('\n');
    for (const [at, line] of lines.entries()) {
      const described = /^\s*\/\* (\d+)[ :]/.exec(line);
      if (described === null) continue;
      const layer = Number(described[1]);
      // A long description goes on in the next line.
      const ends = lines.findIndex((each, index) => index >= at && each.includes('*/'));
      const next = lines[ends + 1] ?? '';
      const entry = /^\s*\{(\w+), /.exec(next)?.[1];
      if (entry !== undefined) {
        entries.set(entry, (entries.get(entry) ?? new Set()).add(layer));
        pieces.push({ file: name, first: at, last: ends + 1, layers: [layer] });
      } else if (/^const .*\[\].*\{\s*$/.test(next)) {
        const end = lines.findIndex((each, index) => index > at && each.startsWith('};'));
        pieces.push({ file: name, first: at, last: end < 0 ? lines.length - 1 : end, layers: [layer] });
      }
    }
  }
  for (const { name, text } of files) {
    const functions = functionsOf(text);
    for (const [called, layers] of reached(functions, entries))
      pieces.push({ file: name, first: called.first, last: called.last, layers: [...layers].sort((a, b) => a - b) });
  }
  return pieces;
}

/** A function's head may go on for this many lines. */
const longestHead = 5;

/** The functions of a file in our own layout: a head that begins in the first column, and a `}` in the first column or at its end. */
function functionsOf(text: string): CFunction[] {
  const lines = text.split('\n');
  const found: CFunction[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!/^[A-Za-z_]/.test(lines[at] ?? '') || /^typedef\b/.test(lines[at] ?? '')) continue;
    const opened = lines.findIndex((line, index) => index >= at && /[{;]/.test(line));
    if (opened < 0 || opened >= at + longestHead) continue;
    const head = lines.slice(at, opened + 1).join(' ');
    const name = /^[^={;]*?\b(\w+)\s*\((?:[^()]|\([^()]*\))*\)\s*\{/.exec(
      head.replace(/__attribute__\(\(.*?\)\)/g, ''),
    )?.[1];
    if (name === undefined) continue;
    const oneLine = /\}\s*$/.test(lines[opened] ?? '');
    const end = oneLine ? opened : lines.findIndex((line, index) => index > opened && line.startsWith('}'));
    if (end < 0) break;
    let first = at;
    while (/^(\/\*|\s\*|\s{3}\S.*\*\/|#if)/.test(lines[first - 1] ?? '')) first--;
    found.push({ name, first, last: end, body: lines.slice(oneLine ? at : opened + 1, end + 1).join('\n') });
    at = end;
  }
  return found;
}

/** The functions that serve a layer, with the layers that each serves. */
function reached(
  functions: readonly CFunction[],
  entries: ReadonlyMap<string, ReadonlySet<number>>,
): Map<CFunction, Set<number>> {
  const byName = new Map(functions.map((each) => [each.name, functions.filter(({ name }) => name === each.name)]));
  const calls = new Map(
    functions.map((each) => [
      each,
      [...new Set(each.body.match(/\b[A-Za-z_]\w*\b/g) ?? [])].flatMap((word) => byName.get(word) ?? []),
    ]),
  );
  const serves = new Map<CFunction, Set<number>>();
  const visit = (each: CFunction, layer: number): void => {
    const layers = serves.get(each) ?? new Set<number>();
    if (layers.has(layer)) return;
    serves.set(each, layers.add(layer));
    for (const next of calls.get(each) ?? []) visit(next, layer);
  };
  for (const [entry, layers] of entries)
    for (const each of byName.get(entry) ?? []) for (const layer of layers) visit(each, layer);
  return serves;
}

/** A layer as the generated C describes it. */
export interface CodeLayer {
  readonly index: number;
  readonly name: string;
}

/** The layers that the driver's table lists. */
export function layersOf(files: readonly CodeFile[]): CodeLayer[] {
  const found = new Map<number, CodeLayer>();
  for (const { text } of files)
    for (const [, index, name] of text.matchAll(/^\s*\/\* (\d+) ([^:*]+): \w+ [^*]*\*\/\n\s*\{\w+, /gm))
      if (name !== undefined) found.set(Number(index), { index: Number(index), name });
  return [...found.values()].sort((a, b) => a.index - b.index);
}

/** The pieces of one layer: its own before those that it shares with others. */
export const piecesOf = (pieces: readonly CodePiece[], layer: number): CodePiece[] =>
  pieces.filter(({ layers }) => layers.includes(layer)).sort((a, b) => a.layers.length - b.layers.length);

/** The layers of a line: of the smallest piece that holds it. */
export function layersAt(pieces: readonly CodePiece[], file: string, line: number): readonly number[] {
  const holding = pieces.filter((piece) => piece.file === file && piece.first <= line && line <= piece.last);
  return holding.sort((a, b) => a.last - a.first - (b.last - b.first))[0]?.layers ?? [];
}
