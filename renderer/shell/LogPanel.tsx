import { Text } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { LogLine } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { focusTargets } from '../state/navigation.ts';
import { useRunOnScreen } from '../state/shownRun.ts';
import { liveJob, MOST_LINES, useStudio } from '../state/studio.ts';

/** All that the run on screen has logged, and where there is none, what this window has heard of any. */
export function LogPanel(): ReactNode {
  const runId = useRunOnScreen();
  const heard = useStudio((state) => state.log);
  return runId === null ? <Lines lines={heard} /> : <RunLog key={runId} runId={runId} />;
}

interface Read {
  readonly lines: readonly LogLine[];
  /** The first line that was not read yet. */
  readonly next: number;
}

/** Mounted anew for each run. */
function RunLog({ runId }: { readonly runId: string }): ReactNode {
  const { t } = useTranslation();
  // A run that another process does is only known to have changed.
  const version = useStudio((state) => `${state.runsVersion} ${liveJob(state, runId).logged}`);
  const read = useRef<Read>({ lines: [], next: 0 });
  const [log, again] = useCall(
    async (client, signal): Promise<Read> => {
      const before = read.current;
      const { lines, next } = await client.call('runs.log', { id: runId, from: before.next }, { signal });
      read.current = { lines: [...before.lines, ...lines].slice(-MOST_LINES), next };
      return read.current;
    },
    [runId],
    version,
  );
  if (log.state === 'failed') return <ErrorCard error={log.error} action={{ label: t('try.again'), run: again }} />;
  if (log.state === 'loading') return <Text size="sm">{t('loading')}</Text>;
  return <Lines lines={log.value.lines} />;
}

/** Pixels: who is so near the end wants to see what comes. */
const nearEnd = 24;

function Lines({ lines }: { readonly lines: readonly LogLine[] }): ReactNode {
  const { t, time } = useTranslation();
  const end = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  useEffect(() => {
    const view = end.current?.closest(`#${focusTargets.drawer}`);
    if (!view) return undefined;
    const look = (): void => {
      follows.current = view.scrollHeight - view.scrollTop - view.clientHeight < nearEnd;
    };
    view.addEventListener('scroll', look);
    return () => view.removeEventListener('scroll', look);
  }, []);
  useEffect(() => {
    if (follows.current) end.current?.scrollIntoView({ block: 'nearest' });
  }, [lines]);
  return (
    <>
      {lines.length === 0 && <Text size="sm">{t('drawer.log.empty')}</Text>}
      {lines.map((line, i) => (
        <Text key={i} size="xs" ff="monospace" c={line.level === 'error' ? 'red' : undefined}>
          {time(line.at)} {line.step === null ? '' : `${line.step}: `}
          {line.message}
        </Text>
      ))}
      <div ref={end} />
    </>
  );
}
