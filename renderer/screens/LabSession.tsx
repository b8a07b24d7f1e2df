import { Box, Button, Group, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { LabCell, LabSession as Session } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { ExportButtons } from '../components/ExportButtons.tsx';
import { RunHead } from '../components/RunHead.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation, type Translation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { liveJob, useStudio } from '../state/studio.ts';
import { LabGrid, type CellFace, type CellTone } from './LabGrid.tsx';
import { faceOfError, preflightFace } from './LabPreflight.tsx';

/** A session as it stands: its cells while they are done, then its table. */
export function LabSession({ runId }: { readonly runId: string }): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const go = useNavigation((state) => state.go);
  const version = useStudio((state) => state.runsVersion);
  const steps = useStudio((state) => liveJob(state, runId).steps);
  const [loaded, again] = useCall(
    (client, signal) => client.call('lab.session', { id: runId }, { signal }),
    [runId],
    `${version} ${steps.map(({ state }) => state).join()}`,
  );
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  if (loaded.state === 'loading' || loaded.value.id !== runId) return <Text role="status">{t('loading')}</Text>;
  const session = loaded.value;
  const done = session.cells.filter(({ state }) => state === 'done').length;
  return (
    <Stack gap="md" component="section" aria-label={session.title}>
      <RunHead runId={runId} withSteps={false} />
      <Group justify="space-between">
        <Text size="sm" role="status">
          {t('lab.done', { done, count: session.cells.length })}
        </Text>
        <Group gap="sm">
          <Stop runId={runId} />
          <ExportButtons ask={(client, format) => client.call('lab.export', { id: runId, format })} />
        </Group>
      </Group>
      <LabGrid
        label={t('lab.cells')}
        matrix={session.matrix}
        faceOf={(index) => {
          const cell = session.cells[index];
          return cell === undefined ? null : cellFace(cell, translation, (id) => go('build', id));
        }}
      />
      {done > 0 && <Results session={session} />}
    </Stack>
  );
}

function Stop({ runId }: { readonly runId: string }): ReactNode {
  const { t } = useTranslation();
  const { client, fail } = useStudio();
  const state = useStudio((studio) => studio.jobs.find((job) => job.runId === runId)?.state);
  if (state !== 'running' && state !== 'queued' && state !== 'cancelling') return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      disabled={state === 'cancelling'}
      onClick={() => void client?.call('jobs.cancel', { runId }).catch(fail)}
    >
      {t('job.cancel')}
    </Button>
  );
}

const tones: Readonly<Record<LabCell['state'], CellTone>> = {
  waiting: 'quiet',
  running: 'busy',
  done: 'good',
  unfit: 'bad',
  parked: 'bad',
  failed: 'bad',
  cancelled: 'quiet',
};

function cellFace(cell: LabCell, translation: Translation, open: (runId: string) => void): CellFace {
  const { t, language, milliseconds, bytes } = translation;
  const { state, result, preflight, error, runId } = cell;
  const predicted = preflight?.fits === true ? preflightFace(preflight, translation).more : null;
  const measured =
    result === null || result.latencyMs === null
      ? null
      : `${result.estimated ? '~' : ''}${milliseconds(result.latencyMs)} · ${bytes(result.sramBytes)}`;
  return {
    tone: tones[state],
    text: t(`lab.state.${state}`),
    more: measured ?? predicted,
    ...(error === null ? {} : faceOfError(error, language)),
    ...(state === 'done' && runId !== null ? { onOpen: () => open(runId) } : {}),
  };
}

/** A row a cell, with the spread of its repeats. */
function Results({ session }: { readonly session: Session }): ReactNode {
  const { t, bytes, milliseconds, percent, count } = useTranslation();
  const known = (value: number | null | undefined, show: (value: number) => string, mark = ''): string =>
    value === null || value === undefined ? '–' : `${mark}${show(value)}`;
  const numbers = [
    t('lab.predicted'),
    t('lab.median'),
    t('lab.p95'),
    t('lab.repeats'),
    'SRAM',
    'Flash',
    t('pareto.accuracy'),
    t('lab.exact'),
  ];
  return (
    <Stack gap={4}>
      <Title order={3} size="h5">
        {t('lab.results')}
      </Title>
      <Box style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('lab.results')}>
        <Table
          striped
          aria-label={t('lab.results')}
          style={{ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}
        >
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('lab.model')}</Table.Th>
              <Table.Th>{t('board.chip')}</Table.Th>
              <Table.Th>{t('lab.option')}</Table.Th>
              {numbers.map((name) => (
                <Table.Th key={name} ta="right">
                  {name}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {session.cells.flatMap(({ index, model, boardId, option, preflight, result }) => {
              if (result === null) return [];
              const { statistics, agreement } = result;
              const mark = result.estimated ? '~' : '';
              return (
                <Table.Tr key={index}>
                  <Table.Th scope="row" fw={500}>
                    {model}
                  </Table.Th>
                  <Table.Td>{boardId}</Table.Td>
                  <Table.Td>{option}</Table.Td>
                  <Table.Td ta="right">{known(preflight?.latencyMs, milliseconds, '~')}</Table.Td>
                  <Table.Td ta="right">{known(result.latencyMs, milliseconds, mark)}</Table.Td>
                  <Table.Td ta="right">{known(statistics?.p95Ms, milliseconds, mark)}</Table.Td>
                  <Table.Td ta="right">{known(statistics?.repeats, count)}</Table.Td>
                  <Table.Td ta="right">{bytes(result.sramBytes)}</Table.Td>
                  <Table.Td ta="right">{bytes(result.flashBytes)}</Table.Td>
                  <Table.Td ta="right">{known(result.accuracy, percent)}</Table.Td>
                  <Table.Td ta="right">
                    {agreement === null ? '–' : `${agreement.equal}/${agreement.compared}`}
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Box>
      <Text size="xs" c="dimmed">
        {t('lab.estimated-note')}
      </Text>
    </Stack>
  );
}
