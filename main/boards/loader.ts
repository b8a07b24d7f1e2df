import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../contract/index.ts';
import { resourcesFolder } from '../processes/index.ts';
import { boardSchema, type Board } from './board.ts';

/** Where the board files stand. */
export const boardsFolder = join(resourcesFolder, 'boards');

/**
 * Reads and checks one board file.
 * @throws StudioError `board.file-unreadable` (no such file, not JSON) or `board.file-invalid` (names the wrong field)
 */
export function loadBoard(file: string): Board {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new StudioError({
      code: 'board.file-unreadable',
      message: `The board file ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: 'Repair the file or remove it; docs/boards-guide.md shows what one looks like.',
      details: { file },
      cause,
    });
  }
  const parsed = boardSchema.safeParse(value);
  if (!parsed.success) throw invalid(file, z.prettifyError(parsed.error));
  if (parsed.data.id !== basename(file, '.json')) {
    throw invalid(file, `its id is ${parsed.data.id}, but the file is named ${basename(file)}`);
  }
  return parsed.data;
}

/** Every board file of the folder, ordered by id. */
export function loadBoards(folder: string = boardsFolder): Board[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => loadBoard(join(folder, name)));
}

/**
 * The board of that id.
 * @throws StudioError `board.unknown`, which names the boards whose ids are closest
 */
export function findBoard(id: string, boards: readonly Board[] = loadBoards()): Board {
  const found = boards.find((board) => board.id === id);
  if (found !== undefined) return found;
  const near = nearest(
    id,
    boards.map((board) => board.id),
  );
  throw new StudioError({
    code: 'board.unknown',
    message: `There is no board called ${id}.`,
    remedy: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'List the known boards with `mcunet boards`.',
    details: { id, known: boards.map((board) => board.id) },
  });
}

function invalid(file: string, why: string): StudioError {
  return new StudioError({
    code: 'board.file-invalid',
    message: `The board file ${file} is not a board: ${why.replaceAll('\n', ' ')}.`,
    remedy: 'Correct the field that is named; docs/boards-guide.md explains each.',
    details: { file, why },
  });
}

/** Up to two ids that share most letters pairs with what was typed (Dice's coefficient above one half). */
function nearest(typed: string, ids: readonly string[]): string[] {
  const pairs = (word: string): Set<string> =>
    new Set([...word.slice(0, -1)].map((letter, at) => `${letter}${word[at + 1] ?? ''}`));
  const wanted = pairs(typed.toLowerCase());
  return ids
    .map((id) => {
      const have = pairs(id);
      const common = [...wanted].filter((pair) => have.has(pair)).length;
      return { id, likeness: (2 * common) / (wanted.size + have.size) };
    })
    .filter(({ likeness }) => likeness > 0.5)
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 2)
    .map(({ id }) => id);
}
