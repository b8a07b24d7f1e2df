import { readModel } from '../../core/formats/index.ts';
import { inspectModel } from '../../core/graph/index.ts';
import { answerTask } from '../threads/index.ts';
import { compileForBoard } from './compile.ts';
import type { CompileTask, Compiled } from './compileStep.ts';
import { plannedMemory } from './plannedMemory.ts';

answerTask(({ bytes, name, board, plan, input, table, limits }: CompileTask): Compiled => {
  let beyond: string | null = null;
  const onBeyond = (why: string): void => void (beyond = why);
  const compiled = compileForBoard(readModel(bytes, name), board, plan, { input, table, limits, onBeyond });
  return {
    beyond,
    planned: plannedMemory(compiled),
    operators: inspectModel(compiled.model).operators.map(({ name, kind, outputShapes, macs }, index) => ({
      name,
      kind,
      kernel: compiled.map.operators[index]?.kernel ?? '',
      outputShape: [...(outputShapes[0] ?? [])],
      macs,
      predictedCycles: compiled.map.operators[index]?.estimatedCycles ?? 0,
    })),
    files: [...compiled.files],
  };
});
