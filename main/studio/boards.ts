import type { BoardSummary } from '../contract/index.ts';
import { discover, loadBoards, realSystem, type Board, type PluggedProbe, type SystemView } from '../boards/index.ts';
import { identifyPlugged, isStLinkTaken, openStLink } from '../probes/index.ts';

/** One view of the system for all looks: it remembers the devices that it could open. */
const system = realSystem();
/** Which boards a probe may be, found out once when it was plugged in. */
const identified = new Map<string, Promise<readonly string[]>>();

/** Every board known, and where those that are plugged in are. */
export async function listBoards(view: SystemView = system, open = openStLink): Promise<BoardSummary[]> {
  const boards = loadBoards();
  const { probes } = await discover(boards, view);
  for (const selector of identified.keys()) {
    if (!probes.some((probe) => probe.selector === selector)) identified.delete(selector);
  }
  const asked = probes.map(async (probe) => ({ ...probe, boards: await boardsOf(probe, boards, open) }));
  const plugged = await Promise.all(asked);
  return boards.map((board) => boardSummary(board, plugged));
}

/** The chip is asked who it is once, when its probe is first seen. */
function boardsOf(probe: PluggedProbe, boards: readonly Board[], open: typeof openStLink): Promise<readonly string[]> {
  const known = identified.get(probe.selector);
  if (known !== undefined) return known;
  // Whoever holds it may flash for a while: it is asked at the next look, and until then may be any of its boards.
  if (probe.serial !== null && isStLinkTaken(probe.serial)) return Promise.resolve(probe.boards);
  const answer = identifyPlugged(probe, boards, open);
  identified.set(probe.selector, answer);
  return answer;
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
    powerKnown: board.power !== null,
    doubts: [...board.doubts],
    connected: board.virtual
      ? [{ selector: `qemu:${board.id}`, serialPath: null, problem: null }]
      : connectionsOf(board, probes),
  };
}

const connectionsOf = (board: Board, probes: readonly PluggedProbe[]): BoardSummary['connected'] =>
  probes
    .filter(({ boards }) => boards.includes(board.id))
    .map(({ selector, serialPaths, problem }) => ({ selector, serialPath: serialPaths[0] ?? null, problem }));
