import { Badge, Button, Card, Group, Progress, Stack, Table, Text, Title } from '@mantine/core';
import { useEffect, useId, useState, type ReactNode } from 'react';
import type { RunRecord } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { stageWord } from '../i18n/stages.ts';
import { stepTitle } from '../i18n/steps.ts';
import { liveJob, useStudio } from '../state/studio.ts';
import { RemoveRuns } from '../runs/RemoveRuns.tsx';
import { RenameRun } from '../runs/RenameRun.tsx';
import { focusTargets, useNavigation } from '../state/navigation.ts';
import { ErrorCard } from './ErrorCard.tsx';
import { saveFile } from './saveFile.ts';
import { useCall } from './useCall.ts';

type Step = RunRecord['steps'][number];

interface RunHeadProps {
  readonly runId: string;
  /** Whether its steps are listed; a screen that shows them in its own way does without. */
  readonly withSteps?: boolean;
}

/** A run's name, state, steps and, where it failed, why: kept up to date while it is being done. */
export function RunHead({ runId, withSteps = true }: RunHeadProps): ReactNode {
  const { t } = useTranslation();
  const version = useStudio((state) => state.runsVersion);
  const live = useStudio((state) => liveJob(state, runId));
  const job = useStudio((state) => state.jobs.find((j) => j.runId === runId));
  const [loaded, again] = useCall(
    (client, signal) => client.call('runs.get', { id: runId }, { signal }),
    [runId],
    version,
  );
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  const run = loaded.value;
  const steps = run.steps.map((step) => live.steps.find(({ name }) => name === step.name) ?? step);
  const progress = job?.progress ?? null;
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={2} size="h4">
          {run.title}
        </Title>
        <Group gap="xs">
          {run.artefacts.some(({ name }) => name === reportFile) && (
            <Button size="compact-sm" variant="default" onClick={() => void saveReport(runId)}>
              {t('run.report')}
            </Button>
          )}
          <Badge
            variant="light"
            color={run.state === 'failed' ? 'red' : 'gray'}
            tt="none"
            styles={{ label: { color: 'var(--mantine-color-text)' } }}
          >
            {t(`run.state.${run.state}`)}
          </Badge>
          <Manage run={run} />
        </Group>
      </Group>
      {progress && (
        <Progress
          value={progress.total === null ? 100 : (100 * progress.done) / progress.total}
          animated
          aria-label={t('job.progress')}
        />
      )}
      {run.error && <ErrorCard error={run.error} action={{ label: t('run.resume'), run: () => resume(runId) }} />}
      {run.error === null && (run.state === 'interrupted' || run.state === 'cancelled') && (
        <Group>
          <Button size="xs" onClick={() => resume(runId)}>
            {t('run.resume')}
          </Button>
        </Group>
      )}
      {withSteps && steps.length > 0 && <Steps steps={steps} folded={run.state === 'done'} />}
    </Stack>
  );
}

/** Another name for the run, and the end of it. */
function Manage({ run }: { readonly run: RunRecord }): ReactNode {
  const { t } = useTranslation();
  const go = useNavigation((state) => state.go);
  const [asked, setAsked] = useState<'name' | 'removal' | null>(null);
  const close = (): void => setAsked(null);
  const leave = (): void => {
    go('runs');
    document.getElementById(focusTargets.screen)?.focus();
  };
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setAsked('name')}>
        {t('runs.rename')}
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => setAsked('removal')}>
        {t('runs.remove')}
      </Button>
      <RenameRun run={asked === 'name' ? run : null} onClose={close} />
      <RemoveRuns ids={asked === 'removal' ? [run.id] : null} onClose={close} onRemoved={leave} />
    </>
  );
}

const reportFile = 'report.html';

/** The report is one file with all that it shows in it: it can be kept, sent and read anywhere. */
async function saveReport(runId: string): Promise<void> {
  const { client, fail } = useStudio.getState();
  try {
    const found = await client?.call('runs.artefact', { id: runId, name: reportFile });
    if (found !== undefined) saveFile(`${runId}.html`, 'text/html', new TextDecoder().decode(found.bytes));
  } catch (thrown) {
    fail(thrown);
  }
}

const resume = (runId: string): void => {
  const { client, fail } = useStudio.getState();
  void client?.call('jobs.resume', { runId }).catch(fail);
};

const marks: Record<Step['state'], string> = { waiting: '·', running: '▸', done: '✓', failed: '✗' };

/** The stage at which a step failed is the one that was not ended. */
const stageState = (step: Step, stage: Step['stages'][number]): Step['state'] =>
  stage.finishedAt !== null ? 'done' : step.state === 'failed' ? 'failed' : 'running';

interface StepsProps {
  readonly steps: readonly Step[];
  /** All is done: what came of it matters more. */
  readonly folded: boolean;
}

function Steps({ steps, folded }: StepsProps): ReactNode {
  const { t, language, duration, milliseconds } = useTranslation();
  const [open, setOpen] = useState(!folded);
  useEffect(() => setOpen(!folded), [folded]);
  const id = useId();
  const spent = steps.reduce((sum, { startedAt, finishedAt }) => sum + ((finishedAt ?? 0) - (startedAt ?? 0)), 0);
  /** Stages are often shorter than a second. */
  const brief = (ms: number): string => (ms < 10_000 ? milliseconds(ms) : duration(ms));
  return (
    <Card withBorder component="section" aria-label={t('steps.title')} padding={open ? 'xs' : 4}>
      {folded && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          justify="flex-start"
          aria-expanded={open}
          aria-controls={id}
          onClick={() => setOpen(!open)}
          leftSection={<span aria-hidden="true">{open ? '▾' : '▸'}</span>}
          styles={{ label: { color: 'var(--mantine-color-text)' } }}
        >
          {t('steps.done', { count: steps.length, time: duration(spent) })}
        </Button>
      )}
      <Table id={id} hidden={!open} display={open ? undefined : 'none'}>
        <Table.Tbody>
          {steps.flatMap((step) => [
            <Table.Tr key={step.name}>
              <Table.Td w={24}>
                <span role="img" aria-label={t(`step.${step.state}`)}>
                  {marks[step.state]}
                </span>
              </Table.Td>
              <Table.Td>{stepTitle(step, language)}</Table.Td>
              <Table.Td c="dimmed">{step.note ?? ''}</Table.Td>
              <Table.Td ta="right">
                {step.startedAt !== null && step.finishedAt !== null ? duration(step.finishedAt - step.startedAt) : ''}
              </Table.Td>
            </Table.Tr>,
            ...(step.stages.length > 1 ? step.stages : []).map((stage) => (
              <Table.Tr key={`${step.name} ${stage.name}`}>
                <Table.Td />
                <Table.Td pl="xl" c="dimmed" fz="sm">
                  <span role="img" aria-label={t(`step.${stageState(step, stage)}`)}>
                    {marks[stageState(step, stage)]}
                  </span>{' '}
                  {stageWord(stage.name, t)}
                </Table.Td>
                <Table.Td />
                <Table.Td ta="right" c="dimmed" fz="sm">
                  {stage.finishedAt === null ? '' : brief(stage.finishedAt - stage.startedAt)}
                </Table.Td>
              </Table.Tr>
            )),
          ])}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
