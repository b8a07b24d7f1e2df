import { useCallback, useEffect, useRef, useState } from 'react';
import {
  toErrorReport,
  type ErrorReport,
  type LiveFrame,
  type LiveInfo,
  type LiveResult,
  type LiveStatus,
} from '../../main/contract/index.ts';
import { useStudio, type ChosenHardware } from '../state/studio.ts';

export type LiveState =
  | { readonly state: 'idle' }
  | { readonly state: 'starting'; readonly stage: string }
  | { readonly state: 'running'; readonly info: LiveInfo; readonly status: LiveStatus }
  | { readonly state: 'failed'; readonly error: ErrorReport };

/** Which run's image, on which hardware; a dataset names the classes where the run had none. */
export interface LiveStart extends ChosenHardware {
  readonly runId: string;
  readonly dataset?: string;
}

export interface Live {
  readonly live: LiveState;
  readonly start: (options: LiveStart) => void;
  readonly stop: () => void;
  /** Rejects while the board is away; see `status`. */
  readonly infer: (frame: LiveFrame) => Promise<LiveResult>;
}

/** One live session of the service, which ends with the screen that shows it. */
export function useLive(): Live {
  const client = useStudio((state) => state.client);
  const [live, setLive] = useState<LiveState>({ state: 'idle' });
  /** What ends the session at hand. */
  const end = useRef<() => void>(() => undefined);
  useEffect(() => () => end.current(), [client]);

  const start: Live['start'] = (options) => {
    if (client === null) return;
    end.current();
    const abort = new AbortController();
    let liveId: string | null = null;
    let unlisten = (): void => undefined;
    end.current = () => {
      end.current = () => undefined;
      abort.abort();
      unlisten();
      // It may have ended by itself meanwhile: that is what was wanted.
      if (liveId !== null) client.call('live.stop', { liveId }).catch(() => undefined);
      setLive({ state: 'idle' });
    };
    setLive({ state: 'starting', stage: '' });
    client
      .call('live.start', options, {
        signal: abort.signal,
        onProgress: ({ stage }) => !abort.signal.aborted && setLive({ state: 'starting', stage }),
      })
      .then((info) => {
        liveId = info.liveId;
        if (abort.signal.aborted) return void client.call('live.stop', { liveId }).catch(() => undefined);
        setLive({ state: 'running', info, status: { state: 'ready', error: null } });
        unlisten = client.listen(
          'live',
          { liveId },
          (status) => {
            if (abort.signal.aborted) return;
            if (status.state !== 'closed') return setLive({ state: 'running', info, status });
            liveId = null;
            setLive(status.error === null ? { state: 'idle' } : { state: 'failed', error: status.error });
          },
          (error) => !abort.signal.aborted && setLive({ state: 'failed', error: toErrorReport(error) }),
        );
        return undefined;
      })
      .catch((thrown: unknown) => {
        if (!abort.signal.aborted) setLive({ state: 'failed', error: toErrorReport(thrown) });
      });
  };

  const liveId = live.state === 'running' ? live.info.liveId : null;
  const infer = useCallback(
    (frame: LiveFrame): Promise<LiveResult> =>
      client === null || liveId === null
        ? Promise.reject(new Error('there is no live session'))
        : client.call('live.infer', { liveId, frame }),
    [client, liveId],
  );
  return { live, start, stop: () => end.current(), infer };
}
