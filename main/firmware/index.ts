/** Board + model → linker script, sources, image, size report. */
export * from './build.ts';
export * from './budget.ts';
export * from './memory.ts';
export * from './faults.ts';
export { smokeModel } from './smokeModel.ts';
