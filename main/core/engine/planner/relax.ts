/**
 * Fast kernels given up for smaller ones, one operator after the other, in the order of cycles lost for each byte of Flash
 * saved. Only those that do the same steps in the same room: nothing else of a plan changes. Code is counted as long as
 * somebody uses it.
 */
import type { KernelVariant, RowAccess, RowLayout } from '../kernels/kernel.ts';

/** What a kernel takes. */
export interface Cost<Name> {
  readonly cycles: number;
  readonly constantBytes: number;
  /** Its own code and what it may share, each name once in a plan. */
  readonly codes: readonly { readonly name: Name; readonly bytes: number }[];
}

export interface Relaxed {
  /** For each operator the option that it has now. */
  readonly chosen: readonly number[];
  readonly savedBytes: number;
  readonly lostCycles: number;
}

/**
 * @param options for each operator: its kernel now, and those that could stand in its place
 * @param bytes how much Flash is to be saved at least
 * @returns null where that much cannot be saved. For more bytes it begins with the same exchanges.
 */
export function relax<Name>(options: readonly (readonly Cost<Name>[])[], bytes: number): Relaxed | null {
  const chosen = options.map(() => 0);
  const users: Users<Name> = new Map();
  options.forEach(([now], operator) => enter(users, operator, now));
  let [savedBytes, lostCycles] = [0, 0];
  while (savedBytes < bytes) {
    let best: { operator: number; option: number; saved: number; lost: number } | null = null;
    for (let operator = 0; operator < options.length; operator++) {
      const own = options[operator];
      const now = own[chosen[operator]];
      for (let option = 0; option < own.length; option++) {
        const saved = option === chosen[operator] ? 0 : savedBy(now, own[option], operator, users);
        if (saved <= 0) continue;
        const lost = own[option].cycles - now.cycles;
        if (best === null || lost * best.saved < best.lost * saved) best = { operator, option, saved, lost };
      }
    }
    if (best === null) return null;
    const { operator, option, saved, lost } = best;
    for (const { name } of options[operator][chosen[operator]].codes) users.get(name)?.delete(operator);
    enter(users, operator, options[operator][option]);
    chosen[operator] = option;
    savedBytes += saved;
    lostCycles += lost;
  }
  return { chosen, savedBytes, lostCycles };
}

/** For each piece of code the operators that use it, and how many bytes of it: it is there as long as the longest. */
type Users<Name> = Map<Name, Map<number, number>>;

function enter<Name>(users: Users<Name>, operator: number, { codes }: Cost<Name>): void {
  for (const { name, bytes } of codes) {
    const known = users.get(name);
    if (known === undefined) users.set(name, new Map([[operator, bytes]]));
    else known.set(operator, bytes);
  }
}

/** The Flash that an exchange saves, with the code that nobody uses any more, or nobody did. */
function savedBy<Name>(now: Cost<Name>, then: Cost<Name>, operator: number, users: Users<Name>): number {
  const beside = (name: Name): number => {
    let most = 0;
    for (const [other, bytes] of users.get(name) ?? []) if (other !== operator && bytes > most) most = bytes;
    return most;
  };
  let saved = now.constantBytes - then.constantBytes;
  for (const { name, bytes } of now.codes) saved += Math.max(0, bytes - beside(name));
  for (const { name, bytes } of then.codes) saved -= Math.max(0, bytes - beside(name));
  return saved;
}

/** Whether a kernel can stand in another's place, with everything around it as it is. */
export function canReplace(other: KernelVariant, kernel: KernelVariant, writesPlanar: boolean): boolean {
  return (
    other.steps === kernel.steps &&
    other.scratchBytes <= kernel.scratchBytes &&
    other.stateBytes <= kernel.stateBytes &&
    (other.inPlace === true || kernel.inPlace !== true) &&
    (other.writesPlanar || !writesPlanar) &&
    allAlike(other.inputLayouts, kernel.inputLayouts, areLayoutsAlike) &&
    allAlike(other.inputs, kernel.inputs, areAccessesAlike(kernel.steps)) &&
    allAlike(other.outputs, kernel.outputs, areAccessesAlike(kernel.steps))
  );
}

/** The kernel in the other's place, with the other's room, so that the plan stays as it is. */
export const inPlaceOf = (other: KernelVariant, kernel: KernelVariant): KernelVariant => ({
  ...other,
  scratchBytes: kernel.scratchBytes,
  stateBytes: kernel.stateBytes,
  inPlace: kernel.inPlace === true,
});

function allAlike<T>(all: readonly T[], others: readonly T[], areAlike: (one: T, other: T) => boolean): boolean {
  return all.length === others.length && all.every((one, index) => areAlike(one, others[index]));
}

function areLayoutsAlike(one: RowLayout, other: RowLayout): boolean {
  if (one.kind === 'hwc' || other.kind === 'hwc') return one.kind === other.kind;
  return one.padLeft === other.padLeft && one.channelBytes === other.channelBytes && one.rowBytes === other.rowBytes;
}

const areAccessesAlike =
  (steps: number) =>
  (one: RowAccess, other: RowAccess): boolean => {
    if (one.whole === true || other.whole === true) return one.whole === other.whole;
    if (one.count !== other.count) return false;
    for (let step = 0; step < steps; step++) if (one.first(step) !== other.first(step)) return false;
    return true;
  };
