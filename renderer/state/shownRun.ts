import { useEffect } from 'react';
import type { RunKind } from '../../main/contract/index.ts';
import { useNavigation, type ScreenName } from './navigation.ts';
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

/** Screens whose subject is a run. */
const screensOfRuns: readonly ScreenName[] = ['search', 'train', 'build', 'lab'];

/** The run that is looked at: the screen's, or else the one that is being done; null where there is neither. */
export function useRunOnScreen(): string | null {
  const { screen, subject, followed } = useNavigation();
  const doing = useStudio(({ jobs }) => currentJob(jobs)?.runId ?? null);
  return (screensOfRuns.includes(screen) ? (subject ?? followed) : null) ?? doing;
}
