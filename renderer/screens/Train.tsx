import {
  Badge,
  Button,
  Card,
  Group,
  NumberInput,
  Progress,
  Select,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { RunRecord } from '../../main/contract/index.ts';
import { LearningCurve } from '../charts/LearningCurve.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { Figure } from '../components/Figure.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { currentJob, liveJob, useStudio } from '../state/studio.ts';

/** Training: what to start, and what the running one shows. */
export default function Train(): ReactNode {
  const subject = useNavigation((state) => state.subject);
  const job = useStudio((state) => currentJob(state.jobs));
  const runId = subject ?? job?.runId ?? null;
  return (
    <Stack gap="lg">
      <TrainForm />
      {runId !== null && <TrainingRun runId={runId} />}
    </Stack>
  );
}

function TrainForm(): ReactNode {
  const { t } = useTranslation();
  const { client, boards, boardId, fail } = useStudio();
  const go = useNavigation((state) => state.go);
  const [dataset, setDataset] = useState('generated:road-signs');
  const [board, setBoard] = useState(boardId);
  const [minutes, setMinutes] = useState<number | string>(3);
  const start = async (): Promise<void> => {
    const params = { kind: 'train' as const, dataset, boardId: board, minutes: Number(minutes) };
    const started = await client?.call('jobs.start', { params });
    if (started) go('train', started.runId);
  };
  return (
    <Card withBorder component="section" aria-label={t('train.start.title')}>
      <Title order={2} size="h4" mb="sm">
        {t('train.start.title')}
      </Title>
      <Group align="end" gap="sm">
        <TextInput
          label={t('train.dataset')}
          description={t('train.dataset.help')}
          value={dataset}
          onChange={(event) => setDataset(event.currentTarget.value)}
          w={320}
        />
        <Select
          label={t('train.board')}
          data={boards.map(({ id, name }) => ({ value: id, label: name }))}
          value={board}
          onChange={(value) => value !== null && setBoard(value)}
          searchable
          w={240}
        />
        <NumberInput label={t('train.minutes')} value={minutes} onChange={setMinutes} min={0.2} max={10_000} w={110} />
        <Button onClick={() => void start().catch(fail)} disabled={dataset === '' || Number(minutes) <= 0}>
          {t('train.start')}
        </Button>
      </Group>
    </Card>
  );
}

function TrainingRun({ runId }: { readonly runId: string }): ReactNode {
  const { t, percent, count, milliseconds } = useTranslation();
  const version = useStudio((state) => state.runsVersion);
  const live = useStudio((state) => liveJob(state, runId));
  const job = useStudio((state) => state.jobs.find((j) => j.runId === runId));
  const [loaded, again] = useCall(
    (client, signal) => client.call('runs.get', { id: runId }, { signal }),
    [runId, version],
  );
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  if (loaded.state === 'loading') return <Text role="status">{t('connection.waiting')}</Text>;
  const run = loaded.value;
  const { figures } = run;
  const known = live.steps.length > 0 ? mergeSteps(run.steps, live.steps) : run.steps;
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {run.title}
        </Title>
        <Badge variant="light" color={run.state === 'failed' ? 'red' : 'mask'} tt="none">
          {t(`run.state.${run.state}`)}
        </Badge>
      </Group>
      {job?.progress && (
        <Progress
          value={job.progress.total === null ? 100 : (100 * job.progress.done) / job.progress.total}
          animated
          aria-label={t('job.progress')}
        />
      )}
      {run.error && <ErrorCard error={run.error} action={{ label: t('run.resume'), run: () => resume(runId) }} />}
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure
          label={t('figure.float')}
          value={figures.floatAccuracy === null ? null : percent(figures.floatAccuracy)}
        />
        <Figure label={t('figure.int8')} value={figures.int8Accuracy === null ? null : percent(figures.int8Accuracy)} />
        <Figure
          label={t('figure.board')}
          value={figures.boardAccuracy === null ? answersSoFar(live.answers, percent) : percent(figures.boardAccuracy)}
        />
        <Figure
          label={t(figures.latencyEstimated === false ? 'figure.latency' : 'figure.latency.estimated')}
          value={figures.latencyMs === null ? null : milliseconds(figures.latencyMs)}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <LearningCurve runId={runId} live={live.curve} />
        <Steps steps={known} />
      </SimpleGrid>
      {figures.macs !== null && (
        <Text size="sm" c="dimmed">
          {t('train.size', { macs: count(figures.macs), parameters: count(figures.parameters ?? 0) })}
        </Text>
      )}
    </Stack>
  );
}

const resume = (runId: string): void => {
  const { client, fail } = useStudio.getState();
  void client?.call('jobs.resume', { runId }).catch(fail);
};

const answersSoFar = (
  answers: { readonly right: number; readonly done: number },
  percent: (share: number) => string,
): string | null => (answers.done === 0 ? null : `${percent(answers.right / answers.done)} …`);

type Step = RunRecord['steps'][number];

/** The steps of the record, with what was heard since it was read. */
const mergeSteps = (recorded: readonly Step[], live: readonly Step[]): Step[] =>
  recorded.map((step) => live.find(({ name }) => name === step.name) ?? step);

function Steps({ steps }: { readonly steps: readonly Step[] }): ReactNode {
  const { t, duration } = useTranslation();
  const marks: Record<Step['state'], string> = { waiting: '·', running: '▸', done: '✓', failed: '✗' };
  return (
    <Card withBorder component="section" aria-label={t('steps.title')}>
      <Title order={3} size="h5" mb="xs">
        {t('steps.title')}
      </Title>
      <Table>
        <Table.Tbody>
          {steps.map((step) => (
            <Table.Tr key={step.name}>
              <Table.Td w={20}>
                <span aria-label={t(`step.${step.state}`)} role="img">
                  {marks[step.state]}
                </span>
              </Table.Td>
              <Table.Td>{step.title}</Table.Td>
              <Table.Td c="dimmed">{step.note ?? ''}</Table.Td>
              <Table.Td ta="right">
                {step.startedAt !== null && step.finishedAt !== null ? duration(step.finishedAt - step.startedAt) : ''}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
