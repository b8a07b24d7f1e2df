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
 * Cycles for one instruction of the code that the engine generates, with memory that never waits. Found by pricing every
 * executed instruction of six networks with the timing table of the Cortex-M4 TRM (section 3.3.1): 1.14 where dense
 * convolutions rule, 1.25 to 1.33 in MobileNets, 1.58 in a chain of fully connected layers. Good enough to rank layers
 * and to tell 100 ms from 200 ms, no more. Cortex-M7 in the same way with a crude model of dual issue (0.83 to 0.98);
 * M0, M0+ and M3 scaled by their manuals' loads, branches and multiplications.
 */
const cyclesPerInstruction: Readonly<Record<Board['core'], number>> = {
  'cortex-m0': 1.6,
  'cortex-m0plus': 1.5,
  'cortex-m3': 1.35,
  'cortex-m4': 1.3,
  'cortex-m7': 0.87,
  'cortex-m33': 1.28,
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
