import { Alert, Button, Group, List, Modal, Progress, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { toErrorReport, type ErrorReport, type OpenedProject, type ProjectInfo } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';

/** What is in a project file, and then its runs in the workspace. */
export function OpenProject(): ReactNode {
  const { t } = useTranslation();
  const { project, askForProject } = useNavigation();
  return (
    <Modal
      opened={project !== null}
      onClose={() => askForProject(null)}
      title={t('project.open')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('palette.close') }}
    >
      {project !== null && <Contents key={project} path={project} />}
    </Modal>
  );
}

function Contents({ path }: { readonly path: string }): ReactNode {
  const { t } = useTranslation();
  const [loaded] = useCall((client, signal) => client.call('projects.inspect', { path }, { signal }), [path]);
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed') return <ErrorCard error={loaded.error} />;
  return <Openable path={path} info={loaded.value} />;
}

function Openable({ path, info }: { readonly path: string; readonly info: ProjectInfo }): ReactNode {
  const { t, time, bytes, count } = useTranslation();
  const client = useStudio((state) => state.client);
  const { go, askForProject } = useNavigation();
  const [share, setShare] = useState<number | null>(null);
  const [error, setError] = useState<ErrorReport | null>(null);
  const [opened, setOpened] = useState<OpenedProject | null>(null);
  const open = async (): Promise<void> => {
    setError(null);
    setShare(0);
    try {
      const onProgress = ({ done, total }: { done: number; total: number | null }): void =>
        setShare(total === null || total === 0 ? 0 : (100 * done) / total);
      setOpened((await client?.call('projects.open', { path }, { onProgress })) ?? null);
    } catch (thrown) {
      setError(toErrorReport(thrown));
    } finally {
      setShare(null);
    }
  };
  return (
    <Stack gap="sm">
      <Text fw={600}>{info.name}</Text>
      <Text size="sm">
        {t('project.contents', {
          runs: count(info.runs.length),
          bytes: bytes(info.unpackedBytes),
          time: time(info.packedAt),
        })}
      </Text>
      <List size="sm">
        {info.runs.slice(0, 8).map(({ id, title }) => (
          <List.Item key={id}>{title}</List.Item>
        ))}
      </List>
      {error && <ErrorCard error={error} />}
      {share !== null && <Progress value={share} aria-label={t('job.progress')} />}
      {opened === null ? (
        <Group>
          <Button disabled={share !== null} onClick={() => void open()}>
            {t('project.bring')}
          </Button>
        </Group>
      ) : (
        <>
          <Alert color="green" variant="light" role="status">
            <Text size="sm" c="var(--mantine-color-text)">
              {t('project.opened', { opened: count(opened.opened.length), known: count(opened.alreadyThere.length) })}
            </Text>
            {opened.missing.map(({ kind, original }) => (
              <Text key={`${kind} ${original}`} size="sm" c="var(--mantine-color-text)">
                {t('project.missing', { what: original })}
              </Text>
            ))}
          </Alert>
          <Group>
            <Button
              onClick={() => {
                askForProject(null);
                go('runs');
              }}
            >
              {t('project.to-runs')}
            </Button>
          </Group>
        </>
      )}
    </Stack>
  );
}
