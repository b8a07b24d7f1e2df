import type { Migration } from '../migration.ts';

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A report's board says whether its power is known, and what stands in the way of each connection; before, neither did. */
export const boardFindings: Migration = {
  to: 2,
  title: 'what is known of the board',
  migrate(document) {
    const { board } = document;
    if (!isObject(board)) return { ...document };
    const connected = Array.isArray(board['connected']) ? (board['connected'] as unknown[]) : [];
    return {
      ...document,
      board: {
        powerKnown: false,
        ...board,
        connected: connected.map((connection) =>
          isObject(connection) ? { problem: null, ...connection } : connection,
        ),
      },
    };
  },
};
