import { Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { BoardSummary, Report } from '../../main/contract/index.ts';
import { layerTimesOf } from '../build/layerTimes.ts';
import { LayerBars } from '../charts/LayerBars.tsx';
import { LinkedMemory } from '../charts/LinkedMemory.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { Figure, known } from '../components/Figure.tsx';
import { RunReport } from '../components/RunPart.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';

/** What was last measured on a board: time by layer, memory, stack, and whether it agreed with the interpreter. */
export function Measured({ board }: { readonly board: BoardSummary }): ReactNode {
  const { t } = useTranslation();
  const go = useNavigation((state) => state.go);
  const version = useStudio((state) => state.runsVersion);
  const [loaded, again] = useCall(
    (client, signal) =>
      client.call('runs.list', { states: ['done'], boardId: board.id, sortBy: 'createdAt', limit: 50 }, { signal }),
    [board.id],
    version,
  );
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  const run = loaded.value.runs.find(({ figures }) => figures.latencyMs !== null);
  if (run === undefined) return <Text size="sm">{t('board.measured.none')}</Text>;
  return (
    <Stack>
      <Group gap="xs">
        <Text size="sm">{t('board.measured.run')}</Text>
        <Button size="compact-sm" variant="default" onClick={() => go('build', run.id)}>
          {run.title}
        </Button>
      </Group>
      <RunReport key={run.id} runId={run.id}>
        {(report) => <Figures report={report} />}
      </RunReport>
    </Stack>
  );
}

function Figures({ report }: { readonly report: Report }): ReactNode {
  const { t, bytes, milliseconds, count, percent } = useTranslation();
  const [layer, setLayer] = useState<number | null>(null);
  const { profile, planned, linked, evaluation } = report;
  const agreement = evaluation?.agreement ?? report.agreement;
  const linkedOf = (kind: 'flash' | 'ram'): number =>
    linked.regions.filter((region) => region.kind === kind).reduce((sum, { usedBytes }) => sum + usedBytes, 0);
  const estimated = profile?.estimated ?? true;
  return (
    <Stack>
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure
          label={t(estimated ? 'figure.latency.estimated' : 'figure.latency')}
          value={known(profile?.latencyMs, milliseconds)}
          note={profile?.method}
        />
        <Figure label={t('live.arena')} value={bytes(planned.sramBytes)} />
        <Figure label={t('live.stack')} value={known(profile?.stackBytes, bytes)} />
        <Figure
          label={t('live.agreement')}
          value={agreement === null ? null : `${count(agreement.equal)} / ${count(agreement.compared)}`}
          note={t('live.agreement.how')}
        />
        <Figure label={t('board.sram.used')} value={bytes(linkedOf('ram'))} />
        <Figure label={t('board.flash.used')} value={bytes(linkedOf('flash'))} />
        <Figure label={t('figure.board')} value={known(evaluation?.accuracy, percent)} />
        <Figure label={t('board.firmware')} value={profile?.buildId ?? null} />
      </SimpleGrid>
      <LayerBars layers={layerTimesOf(report)} estimated={estimated} selected={layer} onSelect={setLayer} />
      <LinkedMemory memory={linked} />
    </Stack>
  );
}
