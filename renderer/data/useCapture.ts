import { useRef, useState } from 'react';
import { toErrorReport, type ErrorReport } from '../../main/contract/index.ts';
import { useCall } from '../components/useCall.ts';
import { useStudio } from '../state/studio.ts';

/** A sample that was just recorded. */
export interface TakenSample {
  readonly id: string;
  readonly className: string;
  readonly bytes: Uint8Array;
}

/** What is being recorded into one folder. */
export interface Recording {
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  readonly className: string;
  readonly setClassName: (name: string) => void;
  /** The last ones, newest first. */
  readonly taken: readonly TakenSample[];
  readonly busy: boolean;
  readonly error: ErrorReport | null;
  /** Adds all samples of one press; what is wrong with them is told by `error`. */
  readonly take: (samples: AsyncIterable<Uint8Array>) => Promise<void>;
  readonly discard: (sample: TakenSample) => Promise<void>;
}

const mostShown = 8;

export function useCapture(folder: string): Recording {
  const client = useStudio((state) => state.client);
  const [className, setClassName] = useState('');
  const [taken, setTaken] = useState<readonly TakenSample[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ErrorReport | null>(null);
  const presses = useRef(0);
  const [loaded, again] = useCall((c, signal) => c.call('capture.classes', { folder }, { signal }), [folder]);
  const doing = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await work();
    } catch (thrown) {
      setError(toErrorReport(thrown));
    } finally {
      setBusy(false);
      again();
    }
  };
  return {
    classes: loaded.state === 'ready' ? loaded.value : [],
    className,
    setClassName,
    taken,
    busy,
    error: error ?? (loaded.state === 'failed' ? loaded.error : null),
    take: (samples) =>
      doing(async () => {
        // One press is one session: its samples look alike, so they have to stay in one split.
        const session = `${Date.now().toString(36)}x${presses.current++}`;
        for await (const bytes of samples) {
          const added = await client?.call('capture.add', { folder, className, bytes, session });
          if (added?.isNew !== true) continue;
          setTaken((before) => [{ id: added.id, className, bytes }, ...before].slice(0, mostShown));
        }
      }),
    discard: (sample) =>
      doing(async () => {
        await client?.call('capture.discard', { folder, id: sample.id });
        setTaken((before) => before.filter(({ id }) => id !== sample.id));
      }),
  };
}
