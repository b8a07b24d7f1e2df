import { Button, Group, Modal, Stack, Text, UnstyledButton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';
import { ErrorCard } from './ErrorCard.tsx';
import { useCall } from './useCall.ts';

interface ChoiceOptions {
  readonly title: string;
  /** Which files can be chosen: their names, and their endings as the system's dialog wants them. */
  readonly pattern: RegExp;
  readonly extensions: readonly string[];
  /** Whether a folder can be chosen. */
  readonly folders: boolean;
  readonly onChoose: (path: string) => void;
}

/** A file or folder to be chosen: `choose` asks for it, `FileChooser` belongs somewhere on the screen. */
export interface FileChoice extends ChoiceOptions {
  readonly choose: () => void;
  /** Asks for a folder with the system's dialog, which is another one than that for files; null where one asks for both. */
  readonly chooseFolder: (() => void) | null;
  readonly browsing: boolean;
  readonly close: () => void;
}

/** Asks with the system's dialog in the desktop app, with our own in a browser. */
export function useFileChoice(options: ChoiceOptions): FileChoice {
  const [browsing, setBrowsing] = useState(false);
  const fail = useStudio((state) => state.fail);
  const { title, extensions, folders, onChoose } = options;
  const desktop = window.mcunetDesktop;
  const both = folders && extensions.length > 0;
  const ask = async (kind: 'file' | 'folder'): Promise<void> => {
    if (desktop === undefined) return setBrowsing(true);
    const chosen =
      kind === 'folder' ? await desktop.chooseFolder({ title }) : await desktop.chooseFile({ title, extensions });
    if (chosen !== null) onChoose(chosen);
  };
  return {
    ...options,
    choose: () => void ask(folders && !both ? 'folder' : 'file').catch(fail),
    chooseFolder: desktop !== undefined && both ? () => void ask('folder').catch(fail) : null,
    browsing,
    close: () => setBrowsing(false),
  };
}

/** The dialog of a choice, in a browser. */
export function FileChooser({ choice }: { readonly choice: FileChoice }): ReactNode {
  const { t } = useTranslation();
  const { browsing, close, title, pattern, folders, onChoose } = choice;
  return (
    <Modal
      opened={browsing}
      onClose={close}
      title={title}
      size="lg"
      closeButtonProps={{ 'aria-label': t('palette.close') }}
    >
      {browsing && (
        <FileList
          pattern={pattern}
          folders={folders}
          onChoose={(path) => {
            close();
            onChoose(path);
          }}
        />
      )}
    </Modal>
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
