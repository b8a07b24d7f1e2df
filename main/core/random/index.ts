/** Chance with a seed: the only kind that core knows. */
export * from './random.ts';
