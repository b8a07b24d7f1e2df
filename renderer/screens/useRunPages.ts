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

/** Runs by their place in the whole list that a filter leaves, a page at a time. What is shown stays until its successor is there. */
export function useRunPages(filter: RunFilter): RunPages {
  const client = useStudio((state) => state.client);
  const version = useStudio((state) => state.runsVersion);
  const [total, setTotal] = useState<number | null>(null);
  const [error, setError] = useState<ErrorReport | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [pages, setPages] = useState<ReadonlyMap<number, readonly RunSummary[]>>(new Map());
  const asked = useRef(new Set<number>());
  const abort = useRef(new AbortController());
  /** How the first page of the present question stands, and whether the runs changed since it was asked. */
  const first = useRef<'asked' | 'there'>('there');
  const stale = useRef(false);
  const anew = useRef<() => void>(() => undefined);
  const key = JSON.stringify(filter);

  const load = useCallback(
    (page: number, fresh: boolean) => {
      if (client === null || asked.current.has(page)) return;
      asked.current.add(page);
      const { signal } = abort.current;
      client
        .call('runs.list', { ...(JSON.parse(key) as RunFilter), offset: page * PAGE, limit: PAGE }, { signal })
        .then((answer) => {
          if (signal.aborted) return;
          setError(null);
          setTotal(answer.total);
          setPages((before) => new Map(fresh ? [] : before).set(page, answer.runs));
        })
        .catch((thrown: unknown) => !signal.aborted && setError(toErrorReport(thrown)))
        .finally(() => {
          if (signal.aborted || !fresh) return;
          first.current = 'there';
          if (stale.current) anew.current();
        });
    },
    [client, key],
  );
  const reload = useCallback(() => {
    abort.current.abort();
    abort.current = new AbortController();
    asked.current = new Set();
    stale.current = false;
    first.current = 'asked';
    load(0, true);
  }, [load]);
  anew.current = reload;
  useEffect(reload, [reload, attempt]);
  // However often runs change, what was asked for is answered before it is asked for anew.
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current === version) return;
    seen.current = version;
    if (first.current === 'asked') stale.current = true;
    else anew.current();
  }, [version]);
  useEffect(() => () => abort.current.abort(), []);

  const need = useCallback(
    (first: number, last: number) => {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page++) load(page, false);
    },
    [load],
  );
  const rowAt = useCallback((index: number) => pages.get(Math.floor(index / PAGE))?.[index % PAGE], [pages]);
  const again = useCallback(() => setAttempt((n) => n + 1), []);
  return { total, error, rowAt, need, again };
}
