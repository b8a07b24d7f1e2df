import { z } from 'zod';

/** How rows are scheduled: `layers` makes each operator whole, `stream` keeps rings of rows, `auto` takes the smaller. */
export const planChoiceSchema = z.enum(['auto', 'layers', 'stream']);
export type PlanChoice = z.infer<typeof planChoiceSchema>;

/** `whole`: the input lies in memory before a run; `row-fed`: its rows arrive one by one, and only those still needed are kept. */
export const inputModeSchema = z.enum(['whole', 'row-fed']);
export type InputMode = z.infer<typeof inputModeSchema>;

/** How hard the compiler tries on the model's C. */
export const optimizationSchema = z.enum(['-Os', '-O1', '-O2', '-O3', '-Ofast']);
export type Optimization = z.infer<typeof optimizationSchema>;

/** Where one value lives in the arena and for how long: `firstStep` makes it, `lastStep` reads it last. */
export const plannedBufferSchema = z.object({
  name: z.string(),
  kind: z.enum(['input', 'output', 'activation', 'ring', 'work']),
  offset: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  firstStep: z.int().nonnegative(),
  lastStep: z.int().nonnegative(),
});
export type PlannedBuffer = z.infer<typeof plannedBufferSchema>;

/** What the planner promised, before anything was compiled. */
export const plannedMemorySchema = z.object({
  plan: z.string(),
  /** All static memory of the model: activations, input and output, work areas. */
  sramBytes: z.int().nonnegative(),
  /** Weights, biases and tables: constants of the generated C. */
  weightBytes: z.int().nonnegative(),
  /** How many steps the schedule has; a step makes one row. Buffers refer to steps by number. */
  steps: z.int().nonnegative(),
  /** What is done from which step to which: one operator, or several that are streamed together. */
  segments: z.array(
    z.object({ name: z.string(), firstStep: z.int(), lastStep: z.int(), peakBytes: z.int().nonnegative() }),
  ),
  buffers: z.array(plannedBufferSchema),
});
export type PlannedMemory = z.infer<typeof plannedMemorySchema>;

/** What the linker really used. */
export const linkedMemorySchema = z.object({
  regions: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['flash', 'ram']),
      start: z.int().nonnegative(),
      sizeBytes: z.int().nonnegative(),
      usedBytes: z.int().nonnegative(),
    }),
  ),
  /** Who takes how much of a region: the model, the firmware, the stack. */
  uses: z.array(z.object({ name: z.string(), region: z.string(), bytes: z.int().nonnegative(), what: z.string() })),
  sections: z.array(
    z.object({
      name: z.string(),
      region: z.string(),
      address: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      /** In plain words: code, weights, stack, model's arena … */
      what: z.string(),
    }),
  ),
});
export type LinkedMemory = z.infer<typeof linkedMemorySchema>;
