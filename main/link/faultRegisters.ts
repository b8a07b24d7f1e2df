/** The registers that the firmware writes down when a fault stops it (Armv7-M ARM, B1.5 and B3.2). */
export interface FaultRegisters {
  readonly r0: number;
  readonly r1: number;
  readonly r2: number;
  readonly r3: number;
  readonly r12: number;
  readonly lr: number;
  readonly pc: number;
  readonly xpsr: number;
  readonly cfsr: number;
  readonly hfsr: number;
  readonly mmfar: number;
  readonly bfar: number;
  readonly exception: number;
  readonly stackPointer: number;
  /** Index of the operator that was running, or null. */
  readonly operator: number | null;
}
