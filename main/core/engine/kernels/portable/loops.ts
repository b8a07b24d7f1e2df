/** Nested C loops over a block of elements, walked with given strides. */

/**
 * C loops over `extents`; `body` gets one C index expression for each of `walks` (elements a step along each axis) and
 * returns the statements of the innermost loop.
 */
export function loopsOver(
  extents: readonly number[],
  walks: readonly (readonly number[])[],
  body: (indices: readonly string[]) => readonly string[],
): string {
  const loops = extents
    .map((extent, axis) => ({ extent, variable: `i${String(axis)}`, strides: walks.map((walk) => walk[axis] ?? 0) }))
    .filter(({ extent }) => extent !== 1);
  const indices = walks.map((_, walk) => {
    const terms = loops.flatMap(({ variable, strides }) => term(variable, strides[walk] ?? 0));
    return terms.length === 0 ? '0' : terms.join(' + ');
  });
  const lines: string[] = [];
  const indent = (depth: number): string => '  '.repeat(depth + 1);
  loops.forEach(({ extent, variable }, depth) => {
    const last = depth === loops.length - 1;
    lines.push(
      `${indent(depth)}for (int ${variable} = 0; ${variable} < ${String(extent)}; ${variable}++)${last ? ' {' : ''}`,
    );
  });
  if (loops.length === 0) lines.push('  {');
  for (const statement of body(indices)) lines.push(`${indent(Math.max(loops.length, 1))}${statement}`);
  lines.push(`${indent(Math.max(loops.length - 1, 0))}}`);
  return lines.join('\n');
}

function term(variable: string, stride: number): string[] {
  if (stride === 0) return [];
  return [stride === 1 ? variable : `${variable} * ${stride < 0 ? `(${String(stride)})` : String(stride)}`];
}
