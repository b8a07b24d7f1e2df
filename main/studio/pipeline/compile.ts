import { StudioError, type PlanChoice } from '../../contract/index.ts';
import type { Board } from '../../boards/index.ts';
import {
  compileModel,
  TableTiming,
  type CompiledModel,
  type CompileOptions,
  type Core,
  type InputMode,
  type LatencyTable,
} from '../../core/engine/index.ts';
import { outputBytes, type Model } from '../../core/graph/index.ts';
import { modelBudget, type ModelBudget } from '../../firmware/index.ts';

const cores: Readonly<Record<Board['core'], Core>> = {
  'cortex-m0': 'm0',
  'cortex-m0plus': 'm0plus',
  'cortex-m3': 'm3',
  'cortex-m4': 'm4',
  'cortex-m7': 'm7',
  'cortex-m33': 'm33',
};

/** The engine's name of a board's core. */
export const engineCore = ({ core }: Board): Core => cores[core];

/** What a model may take, where that is less than the board leaves to it. */
export interface MemoryLimits {
  readonly sramBytes?: number;
  readonly flashBytes?: number;
}

export interface CompileWish {
  readonly input?: InputMode;
  /** What kernels were measured to take on the board: it decides which of them are taken. */
  readonly table?: LatencyTable | null;
  readonly limits?: MemoryLimits;
  /** Hears why the model takes more than `limits`, where it does. */
  readonly onBeyond?: (why: string) => void;
}

/**
 * The model's plan and C for a board. What certainly does not fit is refused here, before anything is compiled.
 *
 * @throws StudioError `model.does-not-fit`, and what the engine throws
 */
export function compileForBoard(
  model: Model,
  board: Board,
  plan: PlanChoice = 'auto',
  { input = 'whole', table = null, limits = {}, onBeyond }: CompileWish = {},
): CompiledModel {
  const memory = boardMemory(board);
  const outputs = outputBytes(model).reduce((sum, bytes) => sum + bytes, 0);
  const budget = modelBudget(board, { outputBytes: outputs, operators: model.operators.length });
  const options = {
    core: engineCore(board),
    plan,
    input,
    sramLimitBytes: Math.min(budget.sramBytes, limits.sramBytes ?? Infinity),
    ...(limits.sramBytes === undefined && { sramPieces: budget.sramPieces }),
    flashLimitBytes: Math.min(budget.flashBytes, limits.flashBytes ?? Infinity),
    ...(table === null ? {} : { timing: new TableTiming(table) }),
  };
  const compiled = inBoardsWords(board, memory, budget, () => {
    try {
      return compileModel(model, options);
    } catch (error) {
      // What was wished for is not possible with these very weights; what the board has may still do, and is told.
      const isWish = limits.sramBytes !== undefined || limits.flashBytes !== undefined;
      if (!isWish || !(error instanceof StudioError) || error.code !== 'engine.does-not-fit') throw error;
      const larger = compileModel(model, { ...options, ...budgetOf(budget) });
      onBeyond?.(error.message);
      return larger;
    }
  });
  if (compiled.plan.arenaPieces === undefined) checkFit('SRAM', compiled.sramBytes, memory.sramBytes, board);
  checkFit('Flash', constantBytes(compiled), memory.flashBytes, board);
  return compiled;
}

const budgetOf = ({
  sramBytes,
  sramPieces,
  flashBytes,
}: ModelBudget): Pick<CompileOptions, 'sramLimitBytes' | 'sramPieces' | 'flashLimitBytes'> => ({
  sramLimitBytes: sramBytes,
  sramPieces,
  flashLimitBytes: flashBytes,
});

/** A board's core, and its memories as limits. */
export interface BoardLimits {
  readonly core: Core;
  readonly sramLimitBytes: number;
  readonly flashLimitBytes: number;
}

/**
 * What is made for firmware that is not ours: the model may take all of the board's memories.
 *
 * @throws StudioError `model.does-not-fit`, and what `compile` throws
 */
export function withinBoard<T>(board: Board, compile: (limits: BoardLimits) => T): T {
  const memory = boardMemory(board);
  return inBoardsWords(board, memory, { firmwareSramBytes: 0, firmwareFlashBytes: 0 }, () =>
    compile({ core: engineCore(board), sramLimitBytes: memory.sramBytes, flashLimitBytes: memory.flashBytes }),
  );
}

/** What of a board's memories a model can use at most: the largest piece for activations, and all Flash. */
export function boardMemory({ memory }: Board): { sramBytes: number; flashBytes: number } {
  const ram = memory.filter(({ kind, activations }) => kind === 'ram' && activations);
  const flash = memory.filter(({ kind }) => kind === 'flash');
  return {
    sramBytes: joined(ram),
    flashBytes: flash.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}

/** The longest run of regions that follow each other without a gap: one buffer can lie across them. */
function joined(regions: Board['memory']): number {
  let [best, run, end] = [0, 0, -1];
  for (const { start, sizeBytes } of regions.toSorted((a, b) => a.start - b.start)) {
    run = start === end ? run + sizeBytes : sizeBytes;
    end = start + sizeBytes;
    best = Math.max(best, run);
  }
  return best;
}

const constantBytes = ({ map }: CompiledModel): number =>
  map.operators.reduce((sum, { constantBytes }) => sum + constantBytes, 0);

/** The engine knows limits only; people want to hear of their board. */
function inBoardsWords<T>(
  board: Board,
  memory: ReturnType<typeof boardMemory>,
  { firmwareSramBytes, firmwareFlashBytes }: Pick<ModelBudget, 'firmwareSramBytes' | 'firmwareFlashBytes'>,
  compile: () => T,
): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof StudioError) || error.code !== 'engine.does-not-fit') throw error;
    const { neededSramBytes: sram, estimatedFlashBytes: flash } = error.details;
    if (typeof sram === 'number' && sram > memory.sramBytes - firmwareSramBytes)
      throw doesNotFit('SRAM', sram, memory.sramBytes, firmwareSramBytes, board, error);
    if (typeof flash === 'number')
      throw doesNotFit('Flash', flash, memory.flashBytes, firmwareFlashBytes, board, error);
    throw error;
  }
}

function checkFit(what: 'SRAM' | 'Flash', needed: number, available: number, board: Board): void {
  if (needed > available) throw doesNotFit(what, needed, available, 0, board);
}

function doesNotFit(
  what: 'SRAM' | 'Flash',
  needed: number,
  available: number,
  firmware: number,
  board: Board,
  cause?: unknown,
): StudioError {
  const kibi = (bytes: number): string => `${Math.ceil(bytes / 1024)} KiB`;
  return new StudioError({
    code: 'model.does-not-fit',
    message:
      `The model does not fit ${board.name}: it needs at least ${kibi(needed)} of ${what}` +
      `${firmware > 0 ? ` beside the firmware's ${kibi(firmware)}` : ''}, and the board has ${kibi(available)} ` +
      `(${kibi(needed + firmware - available)} too few).`,
    remedy:
      what === 'SRAM'
        ? 'Take a smaller input resolution or a narrower network, or a board with more SRAM (virtual-mps2-m4 has 4 MiB).'
        : 'Take a network with fewer parameters, or a board with more Flash (virtual-mps2-m4 has 4 MiB).',
    details: { board: board.id, memory: what, neededBytes: needed, availableBytes: available, firmwareBytes: firmware },
    cause,
  });
}
