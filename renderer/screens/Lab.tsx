import { Badge, Card, Group, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';
import { LabForm } from './LabForm.tsx';
import { LabSession } from './LabSession.tsx';

/** How many sessions are listed; all of them are among the runs. */
const listed = 8;

/** A lab bench: the session that is looked at, all sessions, and a matrix to put together. */
export default function Lab(): ReactNode {
  const subject = useNavigation((state) => state.subject);
  // A session stands above the list that it was chosen from.
  useEffect(() => {
    // Newer browsers give a promise, which is no way to undo an effect.
    void window.scrollTo({ top: 0 });
  }, [subject]);
  return (
    <Stack gap="lg">
      {subject !== null && <LabSession key={subject} runId={subject} />}
      {subject !== null && <Sessions chosen={subject} />}
      <LabForm />
      {subject === null && <Sessions chosen={null} />}
    </Stack>
  );
}

function Sessions({ chosen }: { readonly chosen: string | null }): ReactNode {
  const { t, time } = useTranslation();
  const go = useNavigation((state) => state.go);
  const version = useStudio((state) => state.runsVersion);
  const [loaded, again] = useCall(
    (client, signal) => client.call('runs.list', { kinds: ['bench'], limit: listed }, { signal }),
    [version],
  );
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  const { runs } = loaded.value;
  return (
    <Card withBorder component="section" aria-label={t('lab.sessions')}>
      <Title order={3} size="h5" mb="xs">
        {t('lab.sessions')}
      </Title>
      {runs.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('lab.sessions.none')}
        </Text>
      )}
      <Stack component="ul" gap={0} p={0} m={0}>
        {runs.map((run) => (
          <li key={run.id} style={{ listStyle: 'none' }}>
            <UnstyledButton
              p={6}
              w="100%"
              aria-current={run.id === chosen ? 'true' : undefined}
              onClick={() => go('lab', run.id)}
            >
              <Group justify="space-between" wrap="nowrap">
                <Text size="sm" truncate fw={run.id === chosen ? 600 : undefined}>
                  {run.title}
                </Text>
                <Group gap="sm" wrap="nowrap">
                  <Text size="xs" c="dimmed">
                    {time(run.createdAt)}
                  </Text>
                  <Badge
                    variant="light"
                    color={run.state === 'failed' ? 'red' : 'gray'}
                    tt="none"
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
