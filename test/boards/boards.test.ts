import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  boardsFolder,
  faultyBoardFiles,
  findBoard,
  loadBoard,
  loadBoards,
  readBoards,
  type Board,
} from '../../main/boards/index.ts';
import { StudioError } from '../../main/contract/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** The board files: every one a board, no two claiming the same chip memory, the facts those they were read from. */
const boards = readBoards(boardsFolder);
const devkits = boards.filter((board) => !board.virtual);
const kib = 1024;

describe('the board files', () => {
  it('describe the 22 devkits', () => {
    expect(devkits.map((board) => board.id)).toEqual(expect.arrayContaining(['nucleo-f401re', 'nano33ble']));
    expect(devkits).toHaveLength(22);
  });

  it.each(devkits.map((board) => [board.id, board] as const))('%s has memory that does not overlap', (_, board) => {
    const regions = [...board.memory].sort((a, b) => a.start - b.start);
    const overlapping = regions.filter((region, at) => {
      const next = regions[at + 1];
      return next !== undefined && region.start + region.sizeBytes > next.start;
    });
    expect(overlapping).toEqual([]);
    expect(regions.some((region) => region.kind === 'flash')).toBe(true);
    expect(regions.some((region) => region.kind === 'ram' && region.activations)).toBe(true);
  });

  it.each(devkits.map((board) => [board.id, board] as const))(
    '%s has erase sectors that cover its Flash exactly',
    (_, board) => {
      const flash = board.memory.filter((region) => region.kind === 'flash');
      const runs = board.flash?.sectors ?? [];
      const covered = runs.reduce((sum, run) => sum + run.sizeBytes * run.count, 0);
      expect(covered).toBe(flash.reduce((sum, region) => sum + region.sizeBytes, 0));
      expect(runs[0]?.start).toBe(flash[0]?.start);
    },
  );

  it.each(devkits.map((board) => [board.id, board] as const))('%s says where its facts come from', (_, board) => {
    expect(board.sources.length).toBeGreaterThan(2);
  });

  it.each(devkits.map((board) => [board.id, board] as const))(
    '%s has a power figure with its source, or says why it has none',
    (_, board) => {
      if (board.power === null) expect(board.doubts.join('\n')).toMatch(/^power: .+ energy is not estimated$/m);
      else expect(board.power.source).toMatch(/^typical datasheet figure, not measured: .+\(.+\)/);
    },
  );

  it.each(devkits.filter((board) => board.family.startsWith('stm32')).map((board) => [board.id, board] as const))(
    '%s reaches its clock through its clock tree',
    (_, board) => {
      expect(systemClock(board)).toBe(board.clockHz);
    },
  );

  it.skipIf(!existsSync(sharedFacts()))('keep the facts they were made from', () => {
    const { boards: facts } = JSON.parse(readFileSync(sharedFacts(), 'utf8')) as { boards: Fact[] };
    const wrong = facts.filter((fact) => {
      const board = findBoard(fact.id, boards);
      const flash = fact.memory
        .filter((region) => region.type === 'Nvm' && /^BANK/.test(region.name ?? ''))
        .reduce((sum, region) => sum + region.kb, 0);
      const ours = board.memory.filter((region) => region.kind === 'flash').reduce((sum, r) => sum + r.sizeBytes, 0);
      return (
        board.mcu !== fact.mcu ||
        (fact.devId !== undefined && board.chip?.id !== Number(fact.devId)) ||
        (flash > 0 && flash * kib !== ours) ||
        !board.mbedCodes.every((code) => [fact.mbedCode].flat().includes(code))
      );
    });
    expect(wrong.map((fact) => fact.id)).toEqual([]);
  });
});

describe('a board file that is wrong', () => {
  it('is refused by the name of the field', () => {
    const file = join(temporaryFolder(), 'odd.json');
    writeFileSync(file, JSON.stringify({ ...findBoard('nucleo-f401re', boards), id: 'odd', clockHz: -1 }));
    expect(codeOf(() => loadBoard(file))).toEqual(['board.file-invalid', expect.stringContaining('clockHz')]);
  });

  it('is refused where its power is not its current times its voltage', () => {
    const file = join(temporaryFolder(), 'odd.json');
    const power = { milliamps: 10, volts: 3.3, milliwatts: 330, source: 'a slip of the pen' };
    writeFileSync(file, JSON.stringify({ ...findBoard('nucleo-f411re', boards), id: 'odd', power }));
    expect(codeOf(() => loadBoard(file))).toEqual(['board.file-invalid', expect.stringContaining('milliwatts')]);
  });

  it('is refused where the file name is not its id', () => {
    const file = join(temporaryFolder(), 'other.json');
    writeFileSync(file, JSON.stringify(findBoard('nucleo-f401re', boards)));
    expect(codeOf(() => loadBoard(file))).toEqual(['board.file-invalid', expect.stringContaining('nucleo-f401re')]);
  });

  it('is named where it is not JSON', () => {
    const file = join(temporaryFolder(), 'broken.json');
    writeFileSync(file, '{');
    expect(codeOf(() => loadBoard(file))).toEqual(['board.file-unreadable', expect.stringContaining('broken.json')]);
  });
});

describe("the user's own board files", () => {
  const ownFile = (name: string, content: string): string => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, name), content);
    return folder;
  };
  const known = findBoard('nucleo-f401re', boards);

  it('add a board', () => {
    const own = ownFile('bench-f401.json', JSON.stringify({ ...known, id: 'bench-f401' }));
    expect(loadBoards(own).map(({ id }) => id)).toEqual([...boards.map(({ id }) => id), 'bench-f401'].sort());
  });

  it("take the place of the app's file, to add the power that was measured", () => {
    const power = { milliamps: 12, volts: 3.3, milliwatts: 39.6, source: 'measured at JP6' };
    const own = ownFile('nucleo-f401re.json', JSON.stringify({ ...known, power }));
    expect(known.power).toBeNull();
    expect(findBoard('nucleo-f401re', loadBoards(own)).power).toEqual(power);
    expect(loadBoards(own)).toHaveLength(boards.length);
  });

  it('with a fault leave the other boards as they are, and are told of', () => {
    const own = ownFile('nucleo-f401re.json', '{');
    expect(loadBoards(own)).toEqual(boards);
    expect(faultyBoardFiles(own).map(({ code }) => code)).toEqual(['board.file-unreadable']);
  });

  it('need not be there', () => {
    const own = join(temporaryFolder(), 'none');
    expect(loadBoards(own)).toEqual(boards);
    expect(faultyBoardFiles(own)).toEqual([]);
  });

  it('cannot reach out of the folder of families', () => {
    const own = ownFile('odd.json', JSON.stringify({ ...known, id: 'odd', family: '../../../etc' }));
    expect(faultyBoardFiles(own).map(({ message }) => message)).toEqual([expect.stringContaining('family')]);
  });
});

describe('findBoard', () => {
  it('suggests the nearest id', () => {
    try {
      findBoard('nucleo-f446', boards);
      expect.unreachable();
    } catch (error) {
      expect((error as StudioError).remedy).toContain('nucleo-f446re');
    }
  });
});

interface Fact {
  id: string;
  mcu: string;
  devId?: string;
  mbedCode?: string | string[];
  memory: { type: string; name: string | null; kb: number }[];
}

function sharedFacts(): string {
  return join(import.meta.dirname, '../../../shared/boards.json');
}

/** The reference manuals' formula: input / M × N / (P or R). */
function systemClock(board: Board): number {
  const settings: Record<string, number> = board.clockTree?.settings ?? {};
  const input = (board.clockTree?.sourceHz ?? 0) / (settings['PLL_M'] ?? 1);
  return (input * (settings['PLL_N'] ?? 0)) / (settings['PLL_P'] ?? settings['PLL_R'] ?? 1);
}

function codeOf(act: () => unknown): [string, string] {
  try {
    act();
  } catch (error) {
    if (error instanceof StudioError) return [error.code, error.message];
    throw error;
  }
  return ['no error', ''];
}
