import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { FormCard } from '../components/FormCard.tsx';
import { LastRuns } from '../components/LastRuns.tsx';
import { RunHead } from '../components/RunHead.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { SearchForm } from '../search/SearchForm.tsx';
import { useShownRun } from '../state/shownRun.ts';
import { liveJob, useStudio } from '../state/studio.ts';
import { LiveSearch, SearchResult } from './SearchResult.tsx';

const kinds = ['search'] as const;

/** Searching: which data, board, time and limits; then the networks as they are found. */
export default function Search(): ReactNode {
  const { t } = useTranslation();
  const subject = useNavigation((state) => state.subject);
  const { boards, boardId } = useStudio();
  const board = boards.find(({ id }) => id === boardId);
  const runId = useShownRun(kinds);
  return (
    <Stack gap="lg">
      <FormCard title={t('search.title')} folded={subject !== null}>
        {board && <SearchForm board={board} />}
      </FormCard>
      {runId !== null && <SearchRun runId={runId} />}
      {runId === null && <LastRuns title={t('search.last')} kinds={kinds} none={t('search.none')} />}
    </Stack>
  );
}

/** One search: what it found, or what it has judged so far. */
function SearchRun({ runId }: { readonly runId: string }): ReactNode {
  const version = useStudio((state) => state.runsVersion);
  const live = useStudio((state) => liveJob(state, runId));
  const [run] = useCall((client, signal) => client.call('runs.get', { id: runId }, { signal }), [runId], version);
  const done = run.state === 'ready' && run.value.id === runId && run.value.state === 'done';
  return (
    <Stack gap="md">
      <RunHead runId={runId} />
      {done ? <SearchResult runId={runId} /> : <LiveSearch runId={runId} live={live} />}
    </Stack>
  );
}
