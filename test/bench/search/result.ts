/** What an arm of the benchmark leaves behind: one JSON file each, from which the table is made. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const ARMS = ['ours', 'random', 'mobilenetv2', 'resnet8', 'handmade'] as const;
export type ArmName = (typeof ARMS)[number];

export const resultSchema = z.object({
  task: z.string(),
  arm: z.enum(ARMS),
  seed: z.int(),
  /** Minutes on two cores. */
  minutes: z.number(),
  architecture: z.string(),
  input: z.string(),
  macs: z.number(),
  parameters: z.number(),
  /** What the planner says of the network: cycles and Flash estimated, SRAM as it will be. */
  cycles: z.number(),
  sramBytes: z.number(),
  flashBytes: z.number(),
  keepsLimits: z.boolean(),
  /** Seconds of the budget that were used, by step. */
  seconds: z.record(z.string(), z.number()),
  /** Passes over the training split in the last training. */
  epochs: z.number(),
  floatAccuracy: z.number(),
  /** The interpreter on all test samples. */
  int8: z.object({ samples: z.int(), accuracy: z.number() }),
  /** The virtual board on the first of them, and how many of its answers are the interpreter's in every byte. */
  board: z.object({ id: z.string(), samples: z.int(), accuracy: z.number(), equal: z.int() }),
  /** The machine's before and after the arm, 1 where it is that of the first arms; those have none. */
  speed: z.object({ before: z.number(), after: z.number() }).optional(),
  /** What evolution promised, where there was one: validation accuracy with inherited weights. */
  promised: z.number().nullable(),
  note: z.string(),
  environment: z.record(z.string(), z.string()),
});
export type Result = z.infer<typeof resultSchema>;

const folder = join(import.meta.dirname, '../results/search');

const fileOf = ({ task, arm, seed, minutes }: Pick<Result, 'task' | 'arm' | 'seed' | 'minutes'>): string =>
  join(folder, `${task}-${minutes}min-${arm}-seed${seed}.json`);

export const hasResult = (of: Pick<Result, 'task' | 'arm' | 'seed' | 'minutes'>): boolean => existsSync(fileOf(of));

export function keepResult(result: Result): string {
  mkdirSync(folder, { recursive: true });
  const file = fileOf(result);
  writeFileSync(file, `${JSON.stringify(resultSchema.parse(result), null, 2)}\n`);
  return file;
}

export function allResults(): Result[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => resultSchema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
}
