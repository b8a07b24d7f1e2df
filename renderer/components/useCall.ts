import { useCallback, useEffect, useRef, useState } from 'react';
import { toErrorReport, type ErrorReport, type StudioClient } from '../../main/contract/index.ts';
import { useStudio } from '../state/studio.ts';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: ErrorReport };

/**
 * Asks the service whenever `keys` change, and cancels the question when they change again or the screen goes away.
 * Returns what is known and a function that asks once more.
 */
export function useCall<T>(
  ask: (client: StudioClient, signal: AbortSignal) => Promise<T>,
  keys: readonly unknown[],
): [Loaded<T>, () => void] {
  const client = useStudio((state) => state.client);
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const key = JSON.stringify(keys);
  useEffect(() => {
    if (client === null) return undefined;
    const abort = new AbortController();
    latest
      .current(client, abort.signal)
      .then((value) => !abort.signal.aborted && setLoaded({ state: 'ready', value }))
      .catch(
        (thrown: unknown) => !abort.signal.aborted && setLoaded({ state: 'failed', error: toErrorReport(thrown) }),
      );
    return () => abort.abort();
  }, [client, key, attempt]);
  return [loaded, useCallback(() => setAttempt((n) => n + 1), [])];
}
