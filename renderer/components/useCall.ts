import { useCallback, useEffect, useRef, useState } from 'react';
import { toErrorReport, type ErrorReport, type StudioClient } from '../../main/contract/index.ts';
import { useStudio } from '../state/studio.ts';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: ErrorReport };

/**
 * Asks the service whenever `keys` change, and cancels the question when they change again or the screen goes away.
 * Where `version` changes, the same is asked once more, but only after the question that is out was answered: however
 * often things change, what is known of them is shown. Returns that and a function that asks once more.
 */
export function useCall<T>(
  ask: (client: StudioClient, signal: AbortSignal) => Promise<T>,
  keys: readonly unknown[],
  version: unknown = 0,
): [Loaded<T>, () => void] {
  const client = useStudio((state) => state.client);
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  const [attempt, setAttempt] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  const renew = useRef<() => void>(() => undefined);
  const key = JSON.stringify(keys);
  useEffect(() => {
    if (client === null) return undefined;
    const abort = new AbortController();
    let [asking, stale] = [false, false];
    const tell = (next: Loaded<T>): void => {
      if (!abort.signal.aborted) setLoaded(next);
    };
    const question = (): void => {
      if (asking) return void (stale = true);
      [asking, stale] = [true, false];
      void latest
        .current(client, abort.signal)
        .then((value) => tell({ state: 'ready', value }))
        .catch((thrown: unknown) => tell({ state: 'failed', error: toErrorReport(thrown) }))
        .finally(() => {
          asking = false;
          if (stale && !abort.signal.aborted) question();
        });
    };
    renew.current = question;
    question();
    return () => abort.abort();
  }, [client, key, attempt]);
  const seen = useRef(version);
  useEffect(() => {
    if (seen.current !== version) renew.current();
    seen.current = version;
  }, [version]);
  const again = useCallback(() => {
    setLoaded({ state: 'loading' });
    setAttempt((n) => n + 1);
  }, []);
  return [loaded, again];
}
