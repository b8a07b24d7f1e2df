import { toErrorReport, type PlanChoice, type Preflight } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import { readModel } from '../../core/formats/index.ts';
import type { LatencyTable } from '../../core/engine/index.ts';
import { macsOf, outputBytes, type Model } from '../../core/graph/index.ts';
import { modelBudget } from '../../firmware/index.ts';
import { compileForBoard } from '../pipeline/compile.ts';
import { answerTask } from '../threads/index.ts';

export interface PreflightTask {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly targets: readonly PreflightTarget[];
}

export interface PreflightTarget {
  readonly board: Board;
  readonly plan: PlanChoice;
  /** What the board's kernels take, and how that is known; null where they are estimated. */
  readonly measured: { readonly table: LatencyTable; readonly from: 'measured' | 'counted' } | null;
}

answerTask(({ bytes, name, targets }: PreflightTask): Preflight[] => {
  const model = readModel(bytes, name);
  return targets.map((target) => look(model, target));
});

/** Plans the model as a build would, and compiles nothing. */
function look(model: Model, { board, plan, measured }: PreflightTarget): Preflight {
  const budget = modelBudget(board, {
    outputBytes: outputBytes(model).reduce((sum, count) => sum + count, 0),
    operators: model.operators.length,
  });
  const latencyFrom = measured?.from ?? 'estimated';
  const limits = { sramLimitBytes: budget.sramBytes, flashLimitBytes: budget.flashBytes, latencyFrom } as const;
  try {
    const compiled = compileForBoard(model, board, plan, { table: measured?.table ?? null });
    const lowered = compiled.model;
    return {
      ...limits,
      fits: true,
      sramBytes: compiled.sramBytes,
      flashBytes: compiled.estimatedFlashBytes,
      latencyMs: (1000 * compiled.plan.estimatedCycles) / board.clockHz,
      macs: lowered.operators.reduce((sum, operator) => sum + macsOf(lowered, operator), 0),
      error: null,
    };
  } catch (thrown) {
    const error = toErrorReport(thrown);
    // What is no limit of the board's and no gap of the engine's is a mistake, and must not pass for an answer.
    if (error.code === 'internal') throw thrown;
    const needed = Number(error.details['neededBytes']);
    const of = (memory: string): number | null =>
      error.details['memory'] === memory && Number.isFinite(needed) ? needed : null;
    return {
      ...limits,
      fits: false,
      sramBytes: of('SRAM'),
      flashBytes: of('Flash'),
      latencyMs: null,
      macs: null,
      error,
    };
  }
}
