import type { SerialLine } from '../contract/index.ts';
import type { Board } from '../boards/index.ts';
import type { Session } from '../link/index.ts';

/** Closed lines that are still shown. */
const keptClosed = 4;

interface Noted {
  readonly read: () => SerialLine;
  /** What was last read, once the line is closed. */
  closed: SerialLine | null;
}

/** Every line to a board that this process has open, whoever opened it, and the last closed: what the window shows. */
const noted: Noted[] = [];
let nextId = 1;

/** Notes a line that was opened. Gives what to call before it is closed. */
export function noteLine(board: Board, session: Session): () => void {
  const id = nextId++;
  const openedAt = Date.now();
  const entry: Noted = { read: () => describe(id, openedAt, board, session), closed: null };
  noted.push(entry);
  return () => {
    entry.closed ??= { ...entry.read(), closedAt: Date.now() };
    const old = noted.filter(({ closed }) => closed !== null).slice(0, -keptClosed);
    for (const gone of old) noted.splice(noted.indexOf(gone), 1);
  };
}

export const serialLines = (): SerialLine[] => noted.map(({ closed, read }) => closed ?? read());

function describe(id: number, openedAt: number, board: Board, session: Session): SerialLine {
  const { tried: _tried, ...report } = session.report();
  const { buildId, clockHz, clockSource, counter, cpuId, operators } = session.hello();
  const { inputBytes, outputBytes, modelSramBytes, stackBytes } = session.hello();
  return {
    id,
    boardId: board.id,
    boardName: board.name,
    virtual: board.virtual,
    openedAt,
    closedAt: null,
    hello: {
      buildId,
      clockHz,
      clockSource,
      counter,
      cpuId,
      operators,
      inputBytes,
      outputBytes,
      modelSramBytes,
      stackBytes,
    },
    ...report,
  };
}
