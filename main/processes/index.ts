/** Worker threads and child processes, owned: none outlives the one who started it. */
export * from './workers.ts';
export * from './children.ts';
