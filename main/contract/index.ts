/** Types and schemas that cross a process boundary. The lowest floor: it imports nothing but the schema library. */
export * from './errors.ts';
export * from './progress.ts';
export * from './dataset.ts';
export * from './rpc/index.ts';
export * from './domain/index.ts';
export * from './service/index.ts';
