import { Box, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Report, TrainingSummary } from '../../main/contract/index.ts';
import { LearningCurve } from '../charts/LearningCurve.tsx';
import { Evaluated } from '../components/Evaluated.tsx';
import { Figure, known } from '../components/Figure.tsx';
import { LastRuns } from '../components/LastRuns.tsx';
import { RunHead } from '../components/RunHead.tsx';
import { RunReport } from '../components/RunPart.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { AnswersSoFar } from '../train/AnswersSoFar.tsx';
import { Predictions } from '../train/Predictions.tsx';
import { TrainForm } from '../train/TrainForm.tsx';
import { useShownRun } from '../state/shownRun.ts';
import { liveJob, useStudio } from '../state/studio.ts';

const kinds = ['train', 'demo'] as const;

/** Training: what to start, and what the running one shows. */
export default function Train(): ReactNode {
  const { t } = useTranslation();
  const subject = useNavigation((state) => state.subject);
  const runId = useShownRun(kinds);
  return (
    <Stack gap="lg">
      <TrainForm folded={subject !== null} />
      {runId !== null && <TrainingRun runId={runId} />}
      {runId === null && <LastRuns title={t('train.last')} kinds={kinds} none={t('train.none')} />}
    </Stack>
  );
}

function TrainingRun({ runId }: { readonly runId: string }): ReactNode {
  const { t, percent, milliseconds } = useTranslation();
  const version = useStudio((state) => state.runsVersion);
  const live = useStudio((state) => liveJob(state, runId));
  const state = useStudio((s) => s.jobs.find((job) => job.runId === runId)?.state);
  const [run] = useCall((client, signal) => client.call('runs.get', { id: runId }, { signal }), [runId], version);
  const figures = run.state === 'ready' ? run.value.figures : null;
  const share = (value: number | null | undefined): string | null => known(value, percent);
  const { right, done } = live.answers;
  return (
    <Stack gap="md">
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('figure.float')} value={share(figures?.floatAccuracy)} />
        <Figure label={t('figure.int8')} value={share(figures?.int8Accuracy)} />
        <Figure
          label={t('figure.board')}
          value={share(figures?.boardAccuracy) ?? (done === 0 ? null : `${percent(right / done)} …`)}
        />
        <Figure
          label={t(figures?.latencyEstimated === false ? 'figure.latency' : 'figure.latency.estimated')}
          value={known(figures?.latencyMs, milliseconds)}
        />
      </SimpleGrid>
      <RunHead runId={runId} />
      {run.state === 'ready' && run.value.state === 'done' && (state === undefined || state === 'done') ? (
        <RunReport runId={runId}>{(report) => <Trained report={report} />}</RunReport>
      ) : (
        <>
          {live.answers.done > 0 && <AnswersSoFar runId={runId} answers={live.answers} />}
          <LearningCurve points={live.curve} />
          {live.predictions !== null && <Predictions heard={live.predictions} />}
        </>
      )}
    </Stack>
  );
}

function Trained({ report }: { readonly report: Report }): ReactNode {
  const { training, evaluation } = report;
  return (
    <Stack gap="lg">
      {training?.compared && <Quantized {...training.compared} />}
      {training && <LearningCurve points={training.curve} />}
      {evaluation && <Evaluated evaluation={evaluation} />}
    </Stack>
  );
}

/** What quantization cost: the same samples in float and in int8. */
function Quantized({ samples, floatAccuracy, int8Accuracy }: NonNullable<TrainingSummary['compared']>): ReactNode {
  const { t, percent, count } = useTranslation();
  const bar = (name: string, share: number, colour: string): ReactNode => (
    <Group gap="xs" wrap="nowrap">
      <Text size="sm" w={60}>
        {name}
      </Text>
      <Box style={{ flex: 1, height: 12, background: 'var(--chart-grid)', borderRadius: 2 }} aria-hidden="true">
        <Box style={{ width: `${100 * share}%`, height: '100%', background: colour, borderRadius: 2 }} />
      </Box>
      <Text size="sm" w={64} ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {percent(share)}
      </Text>
    </Group>
  );
  return (
    <Card withBorder component="section" aria-label={t('train.quantized')}>
      <Title order={3} size="h5" mb={4}>
        {t('train.quantized')}
      </Title>
      {bar('float', floatAccuracy, 'var(--chart-series-3)')}
      {bar('int8', int8Accuracy, 'var(--chart-series-1)')}
      <Text size="xs" c="dimmed" mt={4}>
        {t('train.quantized.text', {
          float: percent(floatAccuracy),
          int8: percent(int8Accuracy),
          count: count(samples),
        })}
      </Text>
    </Card>
  );
}
