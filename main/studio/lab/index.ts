/** Lab sessions: models × boards × options, measured cell by cell. */
export { cellsOf, modelName, optionName, readMatrix } from './matrix.ts';
export { preflight } from './preflight.ts';
export { benchSession, type DoCell, type SessionWorld } from './session.ts';
export { sessionTable } from './sessionTable.ts';
export { isCellOf, sessionAt } from './sessionView.ts';
