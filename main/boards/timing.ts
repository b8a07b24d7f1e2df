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
 * executed instruction of the six networks in `../shared/models` with the Cortex-M4 TRM's timing table (section 3.3.1);
 * `npm run bench:cycles` repeats it. Networks differ by some ±10 %, single layers by more: good enough to rank layers and
 * to tell 100 ms from 200 ms, no more. The others are scaled by what their manuals say about loads and dual issue.
 */
const cyclesPerInstruction: Readonly<Record<Board['core'], number>> = {
  'cortex-m0': 1.6,
  'cortex-m0plus': 1.5,
  'cortex-m3': 1.35,
  'cortex-m4': 1.35,
  'cortex-m7': 0.8,
  'cortex-m33': 1.25,
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
