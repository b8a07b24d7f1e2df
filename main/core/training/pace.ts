/** A stretch of a training along which progress grows evenly, from the end of step `step` on. */
export interface PacePiece {
  /** Steps done where the piece begins, and where the next one does. */
  readonly step: number;
  readonly until: number;
  /** Progress (0 … 1) at its beginning, and what each step adds. */
  readonly progress: number;
  readonly perStep: number;
}

/**
 * How a training of so many minutes went on, step by step. The clock decided it once; whoever follows it again takes the
 * same steps with the same learning rates, at whatever speed.
 */
export type PacePlan = readonly PacePiece[];

/** A piece ends after this much progress, and is at first as long as everything before it. */
const LONGEST_PIECE = 0.03;

/** @returns progress after so many steps; null where the plan does not say */
export function progressOnPlan(plan: PacePlan, steps: number): number | null {
  const last = plan.at(-1);
  if (last === undefined) return null;
  if (last.progress >= 1 && steps >= last.step) return 1;
  const piece = plan.findLast(({ step }) => step < steps) ?? plan[0];
  if (steps > piece.until) return null;
  return Math.min(1, piece.progress + (steps - piece.step) * piece.perStep);
}

/** By then a training has found its speed; its first steps are slower. */
const SETTLED = 0.02;

/**
 * How many steps a training takes from its beginning to its end, if it keeps the speed that it has when it has settled.
 *
 * @param steps done by now: what the plan says of later ones is not asked
 * @returns null where it has not settled yet
 */
export function foreseenSteps(plan: PacePlan, steps: number): number | null {
  const piece = plan.find(({ step, progress, perStep }) => step <= steps && progress >= SETTLED && perStep > 0);
  return piece === undefined ? null : piece.step + (1 - piece.progress) / piece.perStep;
}

/**
 * Adds the next piece at the end of a plan, from what the clock says.
 *
 * @param steps done by now; where the plan's last piece ends, or 1 for the first piece
 * @param secondsPerStep what a step takes at present
 * @param secondsLeft until the training has to end
 */
export function extendPlan(plan: PacePlan, steps: number, secondsPerStep: number, secondsLeft: number): PacePlan {
  const progress = progressOnPlan(plan, steps) ?? 0;
  if (progress >= 1) return plan;
  if (secondsLeft <= 0) return [...plan, { step: steps, until: steps, progress: 1, perStep: 0 }];
  const stepsLeft = Math.max(1, Math.round(secondsLeft / secondsPerStep));
  const most = Math.max(1, Math.floor((stepsLeft * LONGEST_PIECE) / (1 - progress)));
  const length = Math.min(stepsLeft, most, Math.max(1, steps));
  return [...plan, { step: steps, until: steps + length, progress, perStep: (1 - progress) / stepsLeft }];
}
