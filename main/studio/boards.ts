import type { BoardSummary } from '../contract/index.ts';
import { discover, loadBoards, realSystem, type Board, type PluggedProbe } from '../boards/index.ts';

/** Every board known, and where those that are plugged in are. */
export async function listBoards(): Promise<BoardSummary[]> {
  const boards = loadBoards();
  const { probes } = await discover(boards, realSystem());
  return boards.map((board) => boardSummary(board, probes));
}

/** @param probes what is plugged in; a probe that fits several boards is shown with each */
export function boardSummary(board: Board, probes: readonly PluggedProbe[] = []): BoardSummary {
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
    connected: board.virtual ? [{ selector: `qemu:${board.id}`, serialPath: null }] : connectionsOf(board, probes),
  };
}

const connectionsOf = (board: Board, probes: readonly PluggedProbe[]): BoardSummary['connected'] =>
  probes
    .filter(({ boards }) => boards.includes(board.id))
    .map(({ selector, serialPaths }) => ({ selector, serialPath: serialPaths[0] ?? null }));
