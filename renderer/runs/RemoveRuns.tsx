import { Alert, Button, Group, List, Modal, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { toErrorReport, type ErrorReport, type RunRecord } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

/** More names than these would hide the question. */
const MOST_NAMES = 6;

interface RemoveRunsProps {
  /** Null: nothing is asked. */
  readonly ids: readonly string[] | null;
  readonly onClose: () => void;
  /** Called for each run as soon as it is gone. */
  readonly onRemoved: (id: string) => void;
}

/** Says what is lost with runs, and removes them if that is wanted all the same. */
export function RemoveRuns({ ids, onClose, onRemoved }: RemoveRunsProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Modal
      opened={ids !== null}
      onClose={onClose}
      title={t('runs.remove')}
      closeButtonProps={{ 'aria-label': t('palette.close') }}
    >
      {ids !== null && <Question asked={ids} onClose={onClose} onRemoved={onRemoved} />}
    </Modal>
  );
}

interface QuestionProps extends Omit<RemoveRunsProps, 'ids'> {
  readonly asked: readonly string[];
}

function Question({ asked, onClose, onRemoved }: QuestionProps): ReactNode {
  const { t } = useTranslation();
  // As they were when the question was asked: those that are gone meanwhile are no longer among the chosen.
  const [ids] = useState(asked);
  const [loaded, again] = useCall(
    async (client, signal) => {
      const runs: RunRecord[] = [];
      for (const id of ids) runs.push(await client.call('runs.get', { id }, { signal }));
      return runs;
    },
    [ids],
  );
  if (loaded.state === 'loading') return <Text role="status">{t('loading')}</Text>;
  if (loaded.state === 'failed')
    return <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />;
  return <Loss runs={loaded.value} onClose={onClose} onRemoved={onRemoved} />;
}

interface LossProps extends Omit<RemoveRunsProps, 'ids'> {
  readonly runs: readonly RunRecord[];
}

function Loss({ runs, onClose, onRemoved }: LossProps): ReactNode {
  const { t, count, bytes } = useTranslation();
  const client = useStudio((state) => state.client);
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<ErrorReport | null>(null);
  const left = runs.filter(({ id }) => !gone.has(id));
  const files = left.flatMap(({ artefacts }) => artefacts);
  const busy = left.find(({ state }) => state === 'running' || state === 'queued');
  const [only] = left;
  const remove = async (): Promise<void> => {
    setError(null);
    setWorking(true);
    try {
      for (const { id } of left) {
        await client?.call('runs.remove', { id });
        setGone((before) => new Set(before).add(id));
        onRemoved(id);
      }
      onClose();
    } catch (thrown) {
      setError(toErrorReport(thrown));
      setWorking(false);
    }
  };
  return (
    <Stack gap="sm">
      <Text fw={600}>
        {left.length === 1 && only !== undefined
          ? t('runs.remove.one', { name: only.title })
          : t('runs.remove.many', { count: count(left.length) })}
      </Text>
      {left.length > 1 && (
        <List size="sm">
          {left.slice(0, MOST_NAMES).map(({ id, title }) => (
            <List.Item key={id}>{title}</List.Item>
          ))}
          {left.length > MOST_NAMES && (
            <List.Item>{t('runs.remove.more', { count: count(left.length - MOST_NAMES) })}</List.Item>
          )}
        </List>
      )}
      <Text size="sm">{t('runs.remove.loss', { bytes: bytes(files.reduce((sum, file) => sum + file.bytes, 0)) })}</Text>
      {left.some(({ kind }) => kind === 'bench') && <Text size="sm">{t('runs.remove.session')}</Text>}
      <Text size="sm">{t('runs.remove.stays')}</Text>
      {busy !== undefined && (
        <Alert color="orange" variant="light" role="alert">
          <Text size="sm" c="var(--mantine-color-text)">
            {t('runs.remove.busy', { name: busy.title })}
          </Text>
        </Alert>
      )}
      {error && <ErrorCard error={error} />}
      <Group>
        <Button variant="default" onClick={onClose} autoFocus>
          {t('runs.remove.keep')}
        </Button>
        {/* White text has 5.6:1 on it, in both schemes. */}
        <Button color="red.9" disabled={working || busy !== undefined} onClick={() => void remove()}>
          {t('runs.remove.confirm')}
        </Button>
      </Group>
    </Stack>
  );
}
