/** The board files, and which of the boards is plugged in. */
export * from './board.ts';
export * from './loader.ts';
export * from './timing.ts';
export * from './discovery/index.ts';
