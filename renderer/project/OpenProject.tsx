import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { OpenedProject, ProjectInfo } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { TaskView } from '../components/TaskView.tsx';
import { useCall } from '../components/useCall.ts';
import { useTask } from '../components/useTask.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';

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
  const { go, askForProject } = useNavigation();
  const opening = useTask<OpenedProject>();
  const open = (): void => opening.start((client, call) => client.call('projects.open', { path }, call));
  const { task } = opening;
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
      {task.state !== 'done' ? (
        <>
          <TaskView of={opening} again={open} done={() => null} />
          <Group>
            <Button disabled={task.state === 'running'} onClick={open}>
              {t('project.bring')}
            </Button>
          </Group>
        </>
      ) : (
        <>
          <Alert color="green" variant="light" role="status">
            <Text size="sm" c="var(--mantine-color-text)">
              {t('project.opened', {
                opened: count(task.value.opened.length),
                known: count(task.value.alreadyThere.length),
              })}
            </Text>
            {task.value.missing.map(({ kind, original }) => (
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
