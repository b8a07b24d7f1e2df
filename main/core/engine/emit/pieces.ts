/** The driver of a plan whose arena lies in several pieces of memory. */

const nameOf = (piece: number): string => (piece === 0 ? 'model_arena' : `model_arena_${String(piece + 1)}`);
const sectionOf = (piece: number): string =>
  piece === 0 ? 'MODEL_ARENA_SECTION' : `MODEL_ARENA_${String(piece + 1)}_SECTION`;

/** Reaches every place of the arena through `model_byte`, which knows in which piece it is. */
export function inPieces(driver: string, pieces: readonly number[]): string {
  const arena = /^static int8_t model_arena\[MODEL_ARENA_BYTES\].*$/m;
  return driver.replaceAll(/model_arena \+ ([\w.>[\]-]+)/g, 'model_byte($1)').replace(arena, declarations(pieces));
}

function declarations(pieces: readonly number[]): string {
  const arrays = pieces.map((bytes, piece) => {
    const section = sectionOf(piece);
    const fallback = piece === 0 ? '' : `#ifndef ${section}\n#define ${section}\n#endif\n`;
    return `${fallback}static int8_t ${nameOf(piece)}[${String(bytes)}] __attribute__((aligned(16))) ${section};`;
  });
  let start = 0;
  const lines = pieces.map((bytes, piece) => {
    const offset = start === 0 ? 'offset' : `(offset - ${String(start)})`;
    start += bytes;
    const found = `return ${nameOf(piece)} + ${offset};`;
    return piece === pieces.length - 1 ? `  ${found}` : `  if (offset < ${String(start)}) ${found}`;
  });
  return `/* The arena lies in ${String(pieces.length)} pieces, so that it can be spread over memories that do not touch. */
${arrays.join('\n')}

static int8_t *model_byte(uint32_t offset) {
${lines.join('\n')}
}
`;
}

/** For the header: how large each piece is. */
export function pieceDefinitions(pieces: readonly number[]): string {
  return pieces.map((bytes, piece) => `#define MODEL_ARENA_${String(piece + 1)}_BYTES ${String(bytes)}\n`).join('');
}
