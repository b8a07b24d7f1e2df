import { ActionIcon, Button, Group, Modal, Stack, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { ErrorCard } from './ErrorCard.tsx';
import { useCall } from './useCall.ts';

interface PathFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly value: string;
  readonly onChange: (path: string) => void;
  /** Which files can be chosen; folders can where `folders` is set. */
  readonly pattern: RegExp;
  readonly folders?: boolean;
  readonly extensions: readonly string[];
}

/** A path to type or to choose: with the system's dialog in the desktop app, with our own in a browser. */
export function PathField({
  label,
  description,
  value,
  onChange,
  pattern,
  folders = false,
  extensions,
}: PathFieldProps): ReactNode {
  const { t } = useTranslation();
  const [browsing, setBrowsing] = useState(false);
  const desktop = window.mcunetDesktop;
  const choose = async (): Promise<void> => {
    if (desktop === undefined) return setBrowsing(true);
    const chosen = folders
      ? await desktop.chooseFolder({ title: label })
      : await desktop.chooseFile({ title: label, extensions });
    if (chosen !== null) onChange(chosen);
  };
  return (
    <>
      <TextInput
        label={label}
        description={description}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        w={360}
        rightSectionWidth={36}
        rightSection={
          <ActionIcon variant="subtle" aria-label={`${t('path.choose')}: ${label}`} onClick={() => void choose()}>
            <span aria-hidden="true">…</span>
          </ActionIcon>
        }
      />
      <Modal
        opened={browsing}
        onClose={() => setBrowsing(false)}
        title={label}
        size="lg"
        closeButtonProps={{ 'aria-label': t('palette.close') }}
      >
        {browsing && (
          <FileList
            pattern={pattern}
            folders={folders}
            onChoose={(path) => {
              setBrowsing(false);
              onChange(path);
            }}
          />
        )}
      </Modal>
    </>
  );
}

interface FileListProps {
  readonly pattern: RegExp;
  readonly folders: boolean;
  readonly onChoose: (path: string) => void;
}

function FileList({ pattern, folders, onChoose }: FileListProps): ReactNode {
  const { t, bytes } = useTranslation();
  const [folder, setFolder] = useState<string | null>(null);
  const [loaded, again] = useCall((client, signal) => client.call('files.list', { folder }, { signal }), [folder]);
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  const { value: list } = loaded;
  const shown = list.entries.filter((entry) => entry.folder || pattern.test(entry.name));
  return (
    <Stack gap="xs">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" ff="monospace" truncate="start">
          {list.folder}
        </Text>
        {folders && (
          <Button size="xs" onClick={() => onChoose(list.folder)}>
            {t('path.this')}
          </Button>
        )}
      </Group>
      <Stack gap={0} mah={380} style={{ overflowY: 'auto' }} component="ul" p={0} m={0}>
        {list.parent !== null && (
          <li style={{ listStyle: 'none' }}>
            <UnstyledButton p={6} w="100%" onClick={() => setFolder(list.parent)}>
              ↑ {t('path.up')}
            </UnstyledButton>
          </li>
        )}
        {shown.map((entry) => (
          <li key={entry.path} style={{ listStyle: 'none' }}>
            <UnstyledButton
              p={6}
              w="100%"
              onClick={() => (entry.folder ? setFolder(entry.path) : onChoose(entry.path))}
            >
              <Group justify="space-between">
                <span>{entry.folder ? `${entry.name}/` : entry.name}</span>
                <Text size="xs" c="dimmed">
                  {entry.folder ? '' : bytes(entry.bytes)}
                </Text>
              </Group>
            </UnstyledButton>
          </li>
        ))}
      </Stack>
    </Stack>
  );
}
