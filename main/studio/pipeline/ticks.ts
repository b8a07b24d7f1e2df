import type { Board } from '../../boards/index.ts';
import type { BoardHello } from '../../link/index.ts';

/** What a number of the board's ticks means. */
export interface TickMeaning {
  /** True where cycles are estimated from counted instructions. */
  readonly estimated: boolean;
  /** How it was measured or estimated, in one sentence. */
  readonly method: string;
  instructions(ticks: number): number | null;
  cycles(ticks: number): number;
}

/**
 * Cycles that an instruction takes on average in these kernels, from zero-wait-state memory: a load that is not followed
 * by another takes 2 cycles, a taken branch 2 to 4, a multiply-accumulate 1 (Cortex-M4 TRM, 3.3.1). The Cortex-M7 issues two
 * instructions at a time where it can (Cortex-M7 TRM, 2.1). They are estimates and shown as such.
 */
const cyclesPerInstruction: Readonly<Record<Board['core'], number>> = {
  'cortex-m0': 1.5,
  'cortex-m0plus': 1.4,
  'cortex-m3': 1.3,
  'cortex-m4': 1.25,
  'cortex-m7': 0.7,
  'cortex-m33': 1.2,
};

/** A virtual board's counter counts instructions, a real one's cycles. */
export function tickMeaning(board: Board, hello: BoardHello): TickMeaning {
  const qemu = board.probes.find((probe) => probe.kind === 'qemu');
  if (!board.virtual || qemu === undefined)
    return {
      estimated: false,
      method: `Cycles were counted by the core (${hello.counter === 'dwt' ? 'DWT' : 'SysTick'}) at ${hello.clockHz / 1e6} MHz.`,
      instructions: () => null,
      cycles: (ticks) => ticks,
    };
  const instructionsPerTick = 1e9 / (hello.clockHz * qemu.instructionNs);
  const perInstruction = cyclesPerInstruction[board.core];
  return {
    estimated: true,
    method:
      `Instructions were counted exactly by QEMU; cycles are an estimate (${perInstruction} for each instruction), ` +
      `and so are times, at ${board.clockHz / 1e6} MHz.`,
    instructions: (ticks) => Math.round(ticks * instructionsPerTick),
    cycles: (ticks) => Math.round(ticks * instructionsPerTick * perInstruction),
  };
}
