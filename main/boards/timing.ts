import type { Board } from './board.ts';

/** How long something took, from the ticks that the board counted. */
export interface BoardTime {
  /** Executed instructions; only a virtual board counts them, and exactly. */
  readonly instructions: number | null;
  /** Core clock cycles. */
  readonly cycles: number;
  readonly ms: number;
  /** Whether `cycles` and `ms` are an estimate from instructions rather than a measurement. Say so wherever they are shown. */
  readonly estimated: boolean;
}

/**
 * Cycles for one instruction of the code that the engine generates, with memory that never waits. For Cortex-M4 found by
 * pricing every executed instruction of six networks with the timing table of the Cortex-M4 TRM (section 3.3.1): 1.11 to
 * 1.15, so layers can be ranked and milliseconds be trusted to some ten percent, as far as Flash keeps up
 * (`test/firmware/estimate.test.ts` repeats it). Cortex-M7 in the same way with a crude model of dual issue (0.73 to
 * 0.87), Cortex-M33 by its own table. M0, M0+ and M3 run plain C: scaled from its 1.3 on an M4 by their manuals' loads,
 * branches and multiplications.
 */
const cyclesPerInstruction: Readonly<Record<Board['core'], number>> = {
  'cortex-m0': 1.6,
  'cortex-m0plus': 1.5,
  'cortex-m3': 1.35,
  'cortex-m4': 1.14,
  'cortex-m7': 0.84,
  'cortex-m33': 1.13,
};

/** How the ticks of a board become time. `clockHz` is what the running firmware reported. */
export function boardTimer(board: Board, clockHz: number = board.clockHz): (ticks: number) => BoardTime {
  const qemu = board.probes.find((probe) => probe.kind === 'qemu');
  if (qemu === undefined) {
    return (ticks) => ({ instructions: null, cycles: ticks, ms: (1000 * ticks) / clockHz, estimated: false });
  }
  const instructionsPerTick = 1e9 / qemu.counterHz / qemu.instructionNs;
  return (ticks) => {
    const instructions = Math.round(ticks * instructionsPerTick);
    const cycles = Math.round(instructions * cyclesPerInstruction[board.core]);
    return { instructions, cycles, ms: (1000 * cycles) / board.clockHz, estimated: true };
  };
}

/**
 * Whether a virtual board counts as its file says: `ticks` for `instructions` known instructions, to one in a thousand.
 * Another version of the emulator may drive its counter at another rate; then no count could be trusted.
 */
export function countsAsStated(board: Board, ticks: number, instructions: number): boolean {
  const counted = boardTimer(board)(ticks).instructions;
  return counted === null || Math.abs(counted - instructions) <= instructions / 1000;
}
