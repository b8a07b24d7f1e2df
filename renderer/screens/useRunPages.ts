import { useCallback, useEffect, useRef, useState } from 'react';
import { toErrorReport, type ErrorReport, type RunFilter, type RunSummary } from '../../main/contract/index.ts';
import { useStudio } from '../state/studio.ts';

/** Rows that are asked for at a time. */
const PAGE = 200;

export interface RunPages {
  /** Null until it is known. */
  readonly total: number | null;
  readonly error: ErrorReport | null;
  readonly rowAt: (index: number) => RunSummary | undefined;
  /** Asks for what is missing between two rows. */
  readonly need: (first: number, last: number) => void;
  readonly again: () => void;
}

/**
 * Runs by their place in the whole list that a filter leaves, a page at a time. What is shown stays until its successor is
 * there: each page in view where runs changed, all of them where the filter did.
 */
export function useRunPages(filter: RunFilter): RunPages {
  const client = useStudio((state) => state.client);
  const version = useStudio((state) => state.runsVersion);
  const [total, setTotal] = useState<number | null>(null);
  const [error, setError] = useState<ErrorReport | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [pages, setPages] = useState<ReadonlyMap<number, readonly RunSummary[]>>(new Map());
  const asked = useRef(new Set<number>());
  const abort = useRef(new AbortController());
  /** The pages in view. */
  const view = useRef<readonly number[]>([0]);
  /** The filter whose pages are there. */
  const shown = useRef<string | null>(null);
  /** How many pages have not been answered yet, and whether the runs changed meanwhile. */
  const awaited = useRef(0);
  const stale = useRef(false);
  const anew = useRef<() => void>(() => undefined);
  const key = JSON.stringify(filter);

  const load = useCallback(
    (page: number) => {
      if (client === null || asked.current.has(page)) return;
      asked.current.add(page);
      awaited.current++;
      const { signal } = abort.current;
      client
        .call('runs.list', { ...(JSON.parse(key) as RunFilter), offset: page * PAGE, limit: PAGE }, { signal })
        .then((answer) => {
          if (signal.aborted) return;
          const ofAnother = shown.current !== key;
          shown.current = key;
          setError(null);
          setTotal(answer.total);
          setPages((before) => new Map(ofAnother ? [] : before).set(page, answer.runs));
        })
        .catch((thrown: unknown) => !signal.aborted && setError(toErrorReport(thrown)))
        .finally(() => {
          if (signal.aborted) return;
          awaited.current--;
          if (awaited.current === 0 && stale.current) anew.current();
        });
    },
    [client, key],
  );
  const reload = useCallback(() => {
    abort.current.abort();
    abort.current = new AbortController();
    asked.current = new Set();
    awaited.current = 0;
    stale.current = false;
    // What another filter leaves may end above what is in view.
    const wanted = shown.current === key ? view.current : [0, ...view.current];
    for (const page of wanted) load(page);
  }, [load, key]);
  anew.current = reload;
  useEffect(reload, [reload, attempt]);
  // However often runs change, what was asked for is answered before it is asked for anew.
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    if (awaited.current > 0) stale.current = true;
    else anew.current();
  }, [version]);
  useEffect(() => () => abort.current.abort(), []);

  const need = useCallback(
    (first: number, last: number) => {
      // Where only published figures are in view, the runs have ended above: their number is asked for all the same.
      const [from, to] = [Math.floor(first / PAGE), Math.floor(Math.max(first, last) / PAGE)];
      view.current = Array.from({ length: to - from + 1 }, (_, at) => from + at);
      for (const page of view.current) load(page);
    },
    [load],
  );
  const rowAt = useCallback((index: number) => pages.get(Math.floor(index / PAGE))?.[index % PAGE], [pages]);
  const again = useCallback(() => setAttempt((n) => n + 1), []);
  return { total, error, rowAt, need, again };
}
