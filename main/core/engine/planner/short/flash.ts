/** The Flash of chains: of a kernel for one link, and of all that a plan takes. The short road to what `KernelChoices` says. */
import { driverBytes, WIDE_ARENA } from '../flash.ts';
import { canReplace, type Cost } from '../relax.ts';
import type { CutPlan } from '../search.ts';
import { namesKnown, type Candidate, type Chain, type Link } from './links.ts';
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

/** For each link its kernel and those that could stand in its place, as `Planning.relaxed` lists them. */
export function exchangesFor({ segments }: CutPlan, views: readonly View[]): (readonly Cost<number>[])[] {
  const exchanges: (readonly Cost<number>[])[] = [];
  for (const { from, to, way } of segments) {
    const { chain, chosen, layouts } = views[way];
    for (let index = from; index < to; index++) {
      const place = 2 * chosen[index] + (layouts[index + 1] === null ? 0 : 1);
      exchanges.push((chain.links[index].exchanges[place] ??= exchangesOf(chain.links[index], place)));
    }
  }
  return exchanges;
}

function exchangesOf({ candidates }: Link, place: number): readonly Cost<number>[] {
  const now = candidates[place >> 1];
  const others = candidates.filter((other) => other !== now && canReplace(other.kernel, now.kernel, (place & 1) === 1));
  return [now, ...others].map(({ kernel: { cycles, constantBytes }, codes }) => ({ cycles, constantBytes, codes }));
}

/** Which names have been counted in the current sum, and with how many bytes. */
let countedIn = new Uint32Array(1024);
let countedBytes = new Uint32Array(1024);
let sums = 0;

/** As `flashOf` in planner/flash.ts, each segment with the kernels of its way. */
export function flashOfCuts({ segments, bytes: arenaBytes }: CutPlan, views: readonly View[]): number {
  if (countedIn.length < namesKnown()) {
    countedIn = new Uint32Array(2 * namesKnown());
    countedBytes = new Uint32Array(2 * namesKnown());
  }
  sums = (sums + 1) >>> 0;
  const isWide = arenaBytes >= WIDE_ARENA;
  let bytes = driverBytes(arenaBytes);
  for (const { from, to, way } of segments) {
    const { candidates } = views[way];
    for (let index = from; index < to; index++) {
      const { kernel, codes, tables } = candidates[index];
      bytes += kernel.constantBytes + (isWide ? tables.wide : tables.narrow);
      for (const code of codes) {
        const known = countedIn[code.name] === sums ? countedBytes[code.name] : 0;
        if (code.bytes <= known) continue;
        countedIn[code.name] = sums;
        countedBytes[code.name] = code.bytes;
        bytes += code.bytes - known;
      }
    }
  }
  return bytes;
}
