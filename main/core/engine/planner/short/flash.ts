/** The Flash of chains: of a kernel for one link, and of all that a plan takes. The short road to what `KernelChoices` says. */
import { driverBytes } from '../build.ts';
import type { CutPlan } from '../search.ts';
import { namesKnown, type Candidate, type Chain } from './links.ts';
import type { Score, View } from './views.ts';

/** How many links use each piece of code, by the number of its name; 0 where that is not said. */
type Users = Uint16Array;

/** The prices of Flash for the kernels of one chain. */
export class FlashPrices {
  /** How many links could use each piece of code. */
  private readonly users: Users;
  private readonly cyclesPerByte: number;

  constructor(chain: Chain, flashWorth: number) {
    this.users = new Uint16Array(namesKnown());
    for (const { codeNames } of chain.links) for (const name of codeNames) this.users[name]++;
    let [cycles, flash] = [0, 0];
    for (const { fastest } of chain.links) {
      cycles += fastest.kernel.cycles;
      flash += this.flashOf(fastest, this.users);
    }
    this.cyclesPerByte = flashWorth * (cycles / Math.max(1, flash));
  }

  /** How good candidates are in a way, code being shared with those that use it in `draft`, or that could. */
  score(way: number, draft: View | null = null): Score {
    const users = draft === null ? this.users : this.usersOf(draft);
    return (candidate) => candidate.scores[way] + this.cyclesPerByte * this.flashOf(candidate, users);
  }

  private usersOf({ candidates }: View): Users {
    const users = new Uint16Array(this.users.length);
    for (const { distinctNames } of candidates) for (const name of distinctNames) users[name]++;
    return users;
  }

  private flashOf({ kernel, codes }: Candidate, users: Users): number {
    let flash = kernel.constantBytes;
    for (const { name, bytes } of codes) flash += bytes / (users[name] || this.users[name]);
    return flash;
  }
}

/** Which names have been counted in the current sum. */
let counted = new Uint32Array(1024);
let sums = 0;

/** As `flashOf` in build.ts, each segment with the kernels of its way. */
export function flashOfCuts({ segments }: CutPlan, views: readonly View[], operators: number): number {
  if (counted.length < namesKnown()) counted = new Uint32Array(2 * namesKnown());
  sums = (sums + 1) >>> 0;
  let bytes = driverBytes(operators);
  for (const { from, to, way } of segments) {
    const { candidates } = views[way];
    for (let index = from; index < to; index++) {
      const { kernel, codes } = candidates[index];
      bytes += kernel.constantBytes;
      for (const code of codes) {
        if (counted[code.name] === sums) continue;
        counted[code.name] = sums;
        bytes += code.bytes;
      }
    }
  }
  return bytes;
}
