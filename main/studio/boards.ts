import type { BoardSummary } from '../contract/index.ts';
import { loadBoards, type Board } from '../boards/index.ts';

/** Every board known, and where those that are plugged in are. */
export async function listBoards(): Promise<BoardSummary[]> {
  return loadBoards().map(boardSummary);
}

export function boardSummary(board: Board): BoardSummary {
  const sizeOf = (kind: 'flash' | 'ram'): number =>
    board.memory.filter((region) => region.kind === kind).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    id: board.id,
    name: board.name,
    virtual: board.virtual,
    mcu: board.mcu,
    core: board.core,
    clockHz: board.clockHz,
    sramBytes: sizeOf('ram'),
    flashBytes: sizeOf('flash'),
    memory: board.memory.map(({ name, kind, start, sizeBytes, activations }) => ({
      name,
      kind,
      start,
      sizeBytes,
      activations,
    })),
    probes: board.probes.map(({ kind }) => kind),
    doubts: [...board.doubts],
    connected: board.virtual ? [{ selector: `qemu:${board.id}`, serialPath: null }] : [],
  };
}
