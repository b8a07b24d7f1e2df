import { Button, Group, Modal, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { toErrorReport, type ErrorReport, type RunSummary } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

interface RenameRunProps {
  /** Null: nothing is asked. */
  readonly run: Pick<RunSummary, 'id' | 'title'> | null;
  readonly onClose: () => void;
  readonly onRenamed?: (title: string) => void;
}

/** Asks for another name of a run, and gives it. */
export function RenameRun({ run, onClose, onRenamed }: RenameRunProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Modal
      opened={run !== null}
      onClose={onClose}
      title={t('runs.rename.title')}
      closeButtonProps={{ 'aria-label': t('palette.close') }}
    >
      {run !== null && (
        <NameForm
          {...run}
          onNamed={(title) => {
            onRenamed?.(title);
            onClose();
          }}
        />
      )}
    </Modal>
  );
}

interface NameFormProps extends Pick<RunSummary, 'id' | 'title'> {
  readonly onNamed: (title: string) => void;
}

function NameForm({ id, title, onNamed }: NameFormProps): ReactNode {
  const { t } = useTranslation();
  const client = useStudio((state) => state.client);
  const [name, setName] = useState(title);
  const [error, setError] = useState<ErrorReport | null>(null);
  const rename = async (): Promise<void> => {
    setError(null);
    try {
      await client?.call('runs.rename', { id, title: name.trim() });
      onNamed(name.trim());
    } catch (thrown) {
      setError(toErrorReport(thrown));
    }
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void rename();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          data-autofocus
          label={t('runs.rename.name')}
          description={t('runs.rename.help')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={200}
        />
        {error && <ErrorCard error={error} />}
        <Group>
          <Button type="submit" disabled={name.trim() === '' || name.trim() === title}>
            {t('runs.rename.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
