export * from './boards.ts';
export * from './jobs.ts';
export * from './measurements.ts';
export * from './memory.ts';
export * from './models.ts';
export * from './report.ts';
export * from './runs.ts';
export * from './search.ts';
