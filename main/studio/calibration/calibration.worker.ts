import { compileModel, CYCLES_PER_STEP, randomNetwork } from '../../core/engine/index.ts';
import { modelBudget } from '../../firmware/index.ts';
import { engineCore } from '../pipeline/compile.ts';
import { answerTask } from '../threads/index.ts';
import type { CalibrationTask, CompiledSubject } from './messages.ts';
import { calibrationSubjects, preferenceOf, type Subject } from './subjects.ts';

/** Longer than this on the board, and one image would take too much of the calibration's time. */
const MOST_SECONDS = 0.4;
/** An emulator does about as much in that time, whatever clock it stands for. */
const EMULATED_CYCLES = 60e6;
/** Operators of a calibration's network, at most. */
const MOST_OPERATORS = 100;
/** Estimates of Flash are good to a few percent. */
const FLASH_SHARE = 0.95;

answerTask((task: CalibrationTask): readonly Subject[] | CompiledSubject => {
  const { board } = task;
  const core = engineCore(board);
  if (task.kind === 'subjects') {
    const { sramBytes, flashBytes } = modelBudget(board, { outputBytes: 10, operators: MOST_OPERATORS });
    const cycles = board.virtual ? EMULATED_CYCLES : MOST_SECONDS * board.clockHz;
    return calibrationSubjects({ core, sramBytes, flashBytes: FLASH_SHARE * flashBytes, cycles, count: task.count });
  }
  const { architecture, choice } = task.subject;
  const compiled = compileModel(randomNetwork(architecture, 1), { core, plan: 'layers', prefer: preferenceOf(choice) });
  const { operators, estimatedCycles } = compiled.plan;
  const kernels = operators.map(({ kernel: { name, cycles, steps, constantBytes } }) => ({
    kernel: name,
    estimate: cycles,
    steps,
    constantBytes,
  }));
  const planned = kernels.reduce((sum, { estimate, steps }) => sum + estimate + steps * CYCLES_PER_STEP, 0);
  return {
    files: [...compiled.files],
    kernels,
    operators: compiled.model.operators.map(({ name }) => ({ name })),
    movingCycles: Math.max(0, estimatedCycles - planned),
  };
});
