import { Button, Checkbox, Group, Menu, Modal, Stack, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { PackedProject } from '../../main/contract/index.ts';
import { FileChooser, useFileChoice, type FileChoice } from '../components/FileChooser.tsx';
import { TaskView } from '../components/TaskView.tsx';
import { useCall } from '../components/useCall.ts';
import { useTask } from '../components/useTask.ts';
import { useTranslation } from '../i18n/index.ts';
import { useNavigation } from '../state/navigation.ts';

/** Asks for a project file, which is then shown before it is opened. */
export function useProjectChoice(): FileChoice {
  const { t } = useTranslation();
  const askForProject = useNavigation((state) => state.askForProject);
  return useFileChoice({
    title: t('project.open'),
    pattern: /\.mcunet$/i,
    extensions: ['mcunet'],
    folders: false,
    onChoose: askForProject,
  });
}

const nameOf = (folder: string): string => folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder;

/** The workspace by its name: to pack into one file, and to bring another one's runs into it. */
export function ProjectMenu(): ReactNode {
  const { t } = useTranslation();
  const [info] = useCall((client, signal) => client.call('system.info', {}, { signal }), []);
  const choice = useProjectChoice();
  const { packing, askToPack } = useNavigation();
  if (info.state !== 'ready') return null;
  const { workspace } = info.value;
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            px={0}
            h={16}
            aria-label={`${t('project.label')}: ${nameOf(workspace)}`}
            title={workspace}
            styles={{ label: { color: 'var(--mantine-color-dimmed)', fontWeight: 400, maxWidth: 130 } }}
          >
            {nameOf(workspace)} ▾
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={choice.choose}>{t('home.project.action')}</Menu.Item>
          <Menu.Item onClick={() => askToPack({ runIds: null })}>{t('project.pack')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <FileChooser choice={choice} />
      <Modal
        opened={packing !== null}
        onClose={() => askToPack(null)}
        title={t('project.pack')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('palette.close') }}
      >
        {packing !== null && <Pack workspace={workspace} runIds={packing.runIds} />}
      </Modal>
    </>
  );
}

interface PackProps {
  readonly workspace: string;
  /** Null: all runs. */
  readonly runIds: readonly string[] | null;
}

function Pack({ workspace, runIds }: PackProps): ReactNode {
  const { t, bytes, count } = useTranslation();
  const [path, setPath] = useState(`${workspace}/${nameOf(workspace)}.mcunet`);
  const [name, setName] = useState(nameOf(workspace));
  const [copies, setCopies] = useState(false);
  const packing = useTask<PackedProject>();
  const pack = (): void =>
    packing.start((client, call) =>
      client.call(
        'projects.pack',
        {
          path,
          name,
          ...(runIds === null ? {} : { runIds: [...runIds] }),
          datasets: copies ? 'copy' : 'reference',
        },
        call,
      ),
    );
  return (
    <Stack gap="sm">
      <Text size="sm">
        {runIds === null ? t('project.pack.all') : t('project.pack.runs', { count: count(runIds.length) })}
      </Text>
      <TextInput label={t('project.name')} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput label={t('project.file')} value={path} onChange={(event) => setPath(event.currentTarget.value)} />
      <Checkbox
        label={t('project.copy-data')}
        checked={copies}
        onChange={(event) => setCopies(event.currentTarget.checked)}
      />
      <TaskView
        of={packing}
        again={pack}
        done={(packed) =>
          t('project.packed', {
            path: packed.path,
            runs: count(packed.runs.length),
            bytes: bytes(packed.packedBytes),
          })
        }
      />
      <Group>
        <Button disabled={packing.task.state === 'running' || path === '' || name === ''} onClick={pack}>
          {t('project.pack.action')}
        </Button>
      </Group>
    </Stack>
  );
}
