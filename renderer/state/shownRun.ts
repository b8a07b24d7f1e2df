import { useEffect } from 'react';
import type { RunKind } from '../../main/contract/index.ts';
import { useNavigation } from './navigation.ts';
import { currentJob, useStudio } from './studio.ts';

/** The run that a screen for some kinds of runs is about: the one that was asked for, or else the job that is being done. */
export function useShownRun(kinds: readonly RunKind[]): string | null {
  const { subject, followed, follow } = useNavigation();
  const doing = useStudio(({ jobs }) => {
    const job = currentJob(jobs);
    return job !== null && (kinds as readonly string[]).includes(job.kind) ? job.runId : null;
  });
  useEffect(() => {
    if (doing !== null && doing !== followed) follow(doing);
  }, [doing, followed, follow]);
  return subject ?? doing ?? followed;
}
