import { z } from 'zod';
import { plannedMemorySchema, type PlanChoice } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { inspectModel } from '../../core/graph/index.ts';
import type { Trip } from '../jobs/index.ts';
import { compileForBoard } from './compile.ts';
import type { TakenModel } from './modelStep.ts';
import { plannedMemory } from './plannedMemory.ts';

const compilationSchema = z.object({
  planned: plannedMemorySchema,
  /** The operators that the board runs and profiles, after the engine's passes. */
  operators: z.array(
    z.object({
      name: z.string(),
      kind: z.string(),
      kernel: z.string(),
      outputShape: z.array(z.int()),
      macs: z.int(),
    }),
  ),
  /** The generated C: path below the model's folder, file in the run, SHA-256. */
  sources: z.array(z.object({ path: z.string(), file: z.string(), sha256: z.string() })),
});
export type Compilation = z.infer<typeof compilationSchema>;

/** From the model to its plan and its C, kept below `c/`. */
export async function compileStep(
  trip: Trip,
  { opened }: TakenModel,
  board: Board,
  plan: PlanChoice,
): Promise<Compilation> {
  const compilation = await trip.step({
    name: 'compile',
    title: 'Planning memory and generating C',
    version: 1,
    input: { model: opened.sha256, board, plan },
    output: compilationSchema,
    run: async ({ write, log }) => {
      const compiled = compileForBoard(opened.model, board, plan);
      const planned = plannedMemory(compiled);
      const rows = inspectModel(compiled.model).operators;
      log(`${planned.plan}: ${planned.sramBytes} bytes of SRAM, ${planned.weightBytes} bytes of weights`);
      return {
        planned,
        operators: rows.map(({ name, kind, outputShapes, macs }, index) => ({
          name,
          kind,
          kernel: compiled.map.operators[index]?.kernel ?? '',
          outputShape: [...(outputShapes[0] ?? [])],
          macs,
        })),
        sources: [...compiled.files].map(([path, text]) => {
          const { file, sha256 } = write(`c/${path}`, text);
          return { path, file, sha256 };
        }),
      };
    },
  });
  trip.figures({ sramBytes: compilation.planned.sramBytes });
  return compilation;
}
