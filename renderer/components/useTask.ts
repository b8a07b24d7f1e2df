import { useEffect, useRef, useState } from 'react';
import { toErrorReport, type ErrorReport, type Progress, type StudioClient } from '../../main/contract/index.ts';
import { useStudio } from '../state/studio.ts';

export type TaskState<T> =
  | { readonly state: 'idle' }
  | { readonly state: 'running'; readonly progress: Progress | null }
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'failed'; readonly error: ErrorReport };

interface TaskCall {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

export interface Task<T> {
  readonly task: TaskState<T>;
  readonly start: (work: (client: StudioClient, call: TaskCall) => Promise<T>) => void;
  readonly cancel: () => void;
}

/** Something that is done once when it is asked for, can be cancelled, and ends with the screen that asked. */
export function useTask<T>(): Task<T> {
  const client = useStudio((state) => state.client);
  const [task, setTask] = useState<TaskState<T>>({ state: 'idle' });
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  const start: Task<T>['start'] = (work) => {
    if (client === null) return;
    abort.current?.abort();
    const mine = new AbortController();
    abort.current = mine;
    const become = (next: TaskState<T>): void => {
      if (!mine.signal.aborted) setTask(next);
    };
    become({ state: 'running', progress: null });
    work(client, { signal: mine.signal, onProgress: (progress) => become({ state: 'running', progress }) })
      .then((value) => become({ state: 'done', value }))
      .catch((thrown: unknown) => become({ state: 'failed', error: toErrorReport(thrown) }));
  };
  const cancel = (): void => {
    abort.current?.abort();
    setTask({ state: 'idle' });
  };
  return { task, start, cancel };
}
