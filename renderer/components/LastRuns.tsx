import { Badge, Card, Group, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunKind } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { screenOfRun } from '../state/open.ts';
import { useStudio } from '../state/studio.ts';
import { ErrorCard } from './ErrorCard.tsx';
import { useCall } from './useCall.ts';

/** How many are listed; all of them are among the runs. */
const listed = 8;

interface LastRunsProps {
  readonly title: string;
  readonly kinds: readonly RunKind[];
  /** What is said where there is none yet: what will be here, and how it comes about. */
  readonly none: string;
  readonly chosen?: string | null;
}

/** The last runs of some kinds, to open again. */
export function LastRuns({ title, kinds, none, chosen = null }: LastRunsProps): ReactNode {
  const { t, time } = useTranslation();
  const go = useNavigation((state) => state.go);
  const version = useStudio((state) => state.runsVersion);
  const [loaded, again] = useCall(
    (client, signal) => client.call('runs.list', { kinds: [...kinds], limit: listed }, { signal }),
    [kinds],
    version,
  );
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  const { runs } = loaded.value;
  return (
    <Card withBorder component="section" aria-label={title} padding="sm">
      <Title order={3} size="h5" mb="xs">
        {title}
      </Title>
      {runs.length === 0 && (
        <Text size="sm" c="dimmed" maw={640}>
          {none}
        </Text>
      )}
      <Stack component="ul" gap={0} p={0} m={0}>
        {runs.map((run) => (
          <li key={run.id} style={{ listStyle: 'none' }}>
            <UnstyledButton
              p={6}
              w="100%"
              aria-current={run.id === chosen ? 'true' : undefined}
              onClick={() => go(screenOfRun(run.kind), run.id)}
            >
              <Group justify="space-between" wrap="nowrap">
                <Text size="sm" truncate fw={run.id === chosen ? 600 : undefined}>
                  {run.title}
                </Text>
                <Group gap="sm" wrap="nowrap">
                  <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                    {time(run.createdAt)}
                  </Text>
                  <Badge
                    variant="light"
                    color={run.state === 'failed' ? 'red' : 'gray'}
                    tt="none"
                    w={92}
                    styles={{ label: { color: 'var(--mantine-color-text)' } }}
                  >
                    {t(`run.state.${run.state}`)}
                  </Badge>
                </Group>
              </Group>
            </UnstyledButton>
          </li>
        ))}
      </Stack>
    </Card>
  );
}
