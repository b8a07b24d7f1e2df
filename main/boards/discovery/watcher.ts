import type { Board } from '../board.ts';
import { discover, type Discovery, type PluggedProbe } from './discover.ts';
import type { SystemView } from './system.ts';

export interface DiscoveryChange {
  readonly now: Discovery;
  readonly arrived: readonly PluggedProbe[];
  readonly left: readonly PluggedProbe[];
}

export interface WatchOptions {
  /** How often to look where the system sends no news. */
  readonly everyMs?: number;
}

/**
 * Looks at what is plugged in, again and again, and calls back with what changed (the first look counts as a change).
 * Looks never overlap. Returns the function that ends it; nothing is called after that.
 */
export function watchBoards(
  boards: readonly Board[],
  system: SystemView,
  onChange: (change: DiscoveryChange) => void,
  { everyMs = 1000 }: WatchOptions = {},
): () => void {
  let stopped = false;
  let looking = false;
  let lookAgain = false;
  let before: Discovery | null = null;

  const look = async (): Promise<void> => {
    if (stopped) return;
    if (looking) {
      lookAgain = true;
      return;
    }
    looking = true;
    try {
      const now = await discover(boards, system);
      if (!stopped && (before === null || !same(before, now))) {
        const change = { now, arrived: missingFrom(before, now), left: missingFrom(now, before) };
        before = now;
        onChange(change);
      }
    } finally {
      looking = false;
    }
    if (lookAgain) {
      lookAgain = false;
      await look();
    }
  };

  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  const unsubscribe = system.onChange(() => void look());
  void look();
  return () => {
    stopped = true;
    clearInterval(timer);
    unsubscribe();
  };
}

function missingFrom(there: Discovery | null, here: Discovery | null): PluggedProbe[] {
  return (here?.probes ?? []).filter((probe) => !there?.probes.some(({ selector }) => selector === probe.selector));
}

function same(a: Discovery, b: Discovery): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
