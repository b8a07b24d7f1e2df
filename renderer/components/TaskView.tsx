import { Button, Group, Loader, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { progressSaid } from '../i18n/stages.ts';
import { ErrorCard } from './ErrorCard.tsx';
import type { Task } from './useTask.ts';

interface TaskViewProps<T> {
  readonly of: Task<T>;
  /** What is said when it is done. */
  readonly done: (value: T) => ReactNode;
  readonly again: () => void;
  /** What is said before there is progress; `Loading` where nothing is. */
  readonly waiting?: string;
}

/** How a task stands: its stage, the time that it takes yet and a way to stop it, then what it gave, or why it failed. */
export function TaskView<T>({ of: { task, cancel }, done, again, waiting }: TaskViewProps<T>): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  switch (task.state) {
    case 'idle':
      return null;
    case 'running': {
      const { progress } = task;
      const share = progress?.total ? (100 * progress.done) / progress.total : null;
      return (
        <Group gap="sm">
          <Group gap={6} role="status">
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm">{progress ? progressSaid(progress, translation) : (waiting ?? t('loading'))}</Text>
          </Group>
          {share !== null && <Progress value={share} w={160} aria-label={t('job.progress')} />}
          <Button size="compact-sm" variant="default" onClick={cancel}>
            {t('job.cancel')}
          </Button>
        </Group>
      );
    }
    case 'done':
      return (
        <Text size="sm" role="status" style={{ overflowWrap: 'anywhere' }}>
          {done(task.value)}
        </Text>
      );
    case 'failed':
      return <ErrorCard error={task.error} action={{ label: t('try.again'), run: again }} />;
  }
}
