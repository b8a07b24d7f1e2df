import { z } from 'zod';
import { plannedMemorySchema, type InputMode, type PlanChoice } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import type { LatencyTable } from '../../core/engine/index.ts';
import { storedCalibration } from '../calibration/index.ts';
import type { Trip } from '../jobs/index.ts';
import { studioVersion } from '../version.ts';
import { workspaceOf } from '../service/workspaceFolder.ts';
import { doInThread } from '../threads/index.ts';
import type { MemoryLimits } from './compile.ts';
import type { TakenModel } from './modelStep.ts';
import { steps } from './stepTitles.ts';

export const compilationSchema = z.object({
  planned: plannedMemorySchema,
  /** Why it takes more than the limits that were asked for, within what the board has; null where it keeps them. */
  beyond: z.string().nullable().default(null),
  /** The operators that the board runs and profiles, after the engine's passes. */
  operators: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      kernel: z.string(),
      outputShape: z.array(z.int()),
      macs: z.int(),
      /** The planner's estimate. */
      predictedCycles: z.number(),
    }),
  ),
  /** The generated C: path below the model's folder, file in the run, SHA-256. */
  sources: z.array(z.object({ path: z.string(), file: z.string(), sha256: z.string() })),
});
export type Compilation = z.infer<typeof compilationSchema>;

export interface CompileTask {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly board: Board;
  readonly plan: PlanChoice;
  readonly input: InputMode;
  /** What the board was measured to take; null where it never was. */
  readonly table: LatencyTable | null;
  readonly limits: MemoryLimits;
}

/** What the compiler's thread answers: the C as text, by path. */
export interface Compiled extends Pick<Compilation, 'planned' | 'beyond' | 'operators'> {
  readonly files: readonly (readonly [string, string])[];
}

/** From the model to its plan and its C, kept below `c/`. */
export async function compileStep(
  trip: Trip,
  { opened }: TakenModel,
  board: Board,
  { plan, input, limits }: Pick<CompileTask, 'plan' | 'input' | 'limits'>,
): Promise<Compilation> {
  const table = (await storedCalibration(board, workspaceOf(trip.run.folder)))?.table ?? null;
  const compilation = await trip.step({
    ...steps.compile,
    version: 3,
    input: { model: opened.sha256, board, plan, input, table, limits, studio: studioVersion() },
    output: compilationSchema,
    run: async ({ write, log, signal }) => {
      const task: CompileTask = { bytes: opened.bytes, name: opened.model.name, board, plan, input, table, limits };
      const { planned, beyond, operators, files } = await doInThread<CompileTask, Compiled>(
        'compile.worker',
        import.meta.url,
        task,
        signal,
      );
      if (table !== null) log(`Kernels are chosen by what ${board.name} was measured to take`);
      if (beyond !== null)
        log(`A limit cannot be kept with these weights: ${beyond} It is built with what ${board.name} has.`, 'warning');
      log(`${planned.plan}: ${planned.sramBytes} bytes of SRAM, ${planned.weightBytes} bytes of weights`);
      const sources = files.map(([path, text]) => {
        const { file, sha256 } = write(`c/${path}`, text);
        return { path, file, sha256 };
      });
      return { planned, beyond, operators, sources };
    },
  });
  trip.figures({ sramBytes: compilation.planned.sramBytes });
  return compilation;
}
