import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { StudioError } from '../contract/index.ts';
import { resourcesFolder } from '../processes/index.ts';
import { boardSchema, type Board } from './board.ts';

/** Where the board files that come with the app stand. */
export const boardsFolder = join(resourcesFolder, 'boards');

/**
 * Where the user's own board files are looked for: `MCUNET_BOARDS`, or `MCUNet Studio/boards` in the user's home. An
 * installed app cannot be written to, so a board is added, or a known one given the power that was measured, here.
 */
export function ownBoardsFolder(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['MCUNET_BOARDS'];
  return chosen === undefined || chosen === '' ? join(homedir(), 'MCUNet Studio', 'boards') : chosen;
}

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

/** Every board file of the folder, ordered by id. @throws StudioError as {@link loadBoard} */
export function readBoards(folder: string): Board[] {
  return boardFilesIn(folder).map(loadBoard);
}

/**
 * The boards that come with the app and the user's own, ordered by id; an own file takes the place of the app's with the
 * same id. An own file with a fault is left out, so that it takes none of the other boards away: {@link faultyBoardFiles}
 * tells of it.
 */
export function loadBoards(own: string = ownBoardsFolder()): Board[] {
  const boards = new Map(readBoards(boardsFolder).map((board) => [board.id, board]));
  for (const read of readOwn(own)) if (!(read instanceof StudioError)) boards.set(read.id, read);
  return [...boards.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What is wrong with the user's own board files, a fault each: `board.file-unreadable`, `board.file-invalid`. */
export function faultyBoardFiles(own: string = ownBoardsFolder()): StudioError[] {
  return readOwn(own).filter((read) => read instanceof StudioError);
}

const readOwn = (folder: string): (Board | StudioError)[] =>
  (existsSync(folder) ? boardFilesIn(folder) : []).map((file) => {
    try {
      return loadBoard(file);
    } catch (error) {
      if (error instanceof StudioError) return error;
      throw error;
    }
  });

const boardFilesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(folder, name));

/**
 * The board of that id.
 * @throws StudioError `board.unknown`, which names the boards whose ids are closest
 */
export function findBoard(id: string, boards: readonly Board[] = loadBoards()): Board {
  const found = boards.find((board) => board.id === id);
  if (found !== undefined) return found;
  const faulty = faultyBoardFiles().find(({ details }) => basename(String(details['file']), '.json') === id);
  if (faulty !== undefined) throw faulty;
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
