/** What is searched for: a dataset, the limits of a board that one can buy, and the minutes that there are. */
import { join } from 'node:path';
import { findBoard } from '../../../main/boards/index.ts';
import type { Limits } from '../../../main/core/nas/index.ts';
import { modelBudget } from '../../../main/firmware/index.ts';

const data = join(import.meta.dirname, '../../../../shared/data');

export interface Task {
  readonly id: string;
  readonly title: string;
  /** The dataset's text form. */
  readonly dataset: string;
  /** Whether a network may take pictures of another size than the dataset's own. */
  readonly resizable: boolean;
  readonly classes: number;
  /** The board whose memories are the limits. */
  readonly limitsOf: string;
  /** Cycles that one inference may take. */
  readonly cycles: number;
  readonly minutes: number;
}

export const TASKS: readonly Task[] = [
  {
    id: 'cifar10',
    title: 'CIFAR-10',
    dataset: join(data, 'cifar10-jpg.zip'),
    resizable: true,
    classes: 10,
    limitsOf: 'nucleo-f401re',
    // 100 ms at 84 MHz
    cycles: 8.4e6,
    minutes: 20,
  },
  {
    id: 'digits',
    title: 'Spoken digits, speakers of the test split unheard',
    dataset: join(data, 'fsdd-wav.zip'),
    resizable: false,
    classes: 10,
    limitsOf: 'nucleo-f401re',
    cycles: 8.4e6,
    minutes: 10,
  },
  {
    id: 'clothing',
    title: 'Clothing photos, 96 pixels',
    dataset: `${join(data, 'clothing-160.zip')}?size=96`,
    resizable: false,
    classes: 10,
    limitsOf: 'nucleo-f401re',
    // half a second at 84 MHz
    cycles: 42e6,
    minutes: 10,
  },
];

/** The virtual board that stands for all: a Cortex-M4 as the boards are that the limits come from. */
export const VIRTUAL_BOARD = 'virtual-stm32f405';

/** A task's limits in the words of the virtual board: its clock turns the cycles into milliseconds. */
export function limitsFor(task: Task): Limits & { sramBytes: number; flashBytes: number; latencyMs: number } {
  const { sramBytes, flashBytes } = modelBudget(findBoard(task.limitsOf), {
    outputBytes: task.classes,
    operators: 100,
  });
  const latencyMs = (1000 * task.cycles) / findBoard(VIRTUAL_BOARD).clockHz;
  return { sramBytes, flashBytes, latencyMs, energyMicrojoules: null };
}
