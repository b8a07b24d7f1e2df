import { useEffect, useState } from 'react';
import { toErrorReport, type ErrorReport } from '../../main/contract/index.ts';

/** Opens a device with the component and closes it with it. */
export function useDevice<T extends { close(): void }>(
  open: () => Promise<T>,
): { readonly device: T | null; readonly error: ErrorReport | null; readonly again: () => void } {
  const [device, setDevice] = useState<T | null>(null);
  const [error, setError] = useState<ErrorReport | null>(null);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let gone = false;
    let opened: T | null = null;
    setError(null);
    open().then(
      (found) => {
        opened = found;
        if (gone) found.close();
        else setDevice(found);
      },
      (thrown: unknown) => !gone && setError(toErrorReport(thrown)),
    );
    return () => {
      gone = true;
      opened?.close();
      setDevice(null);
    };
  }, [open, attempt]);
  return { device, error, again: () => setAttempt((n) => n + 1) };
}
