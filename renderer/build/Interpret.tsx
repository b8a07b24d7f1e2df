import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { InterpretedFiles } from '../../main/contract/index.ts';
import { FileListField } from '../components/FileListField.tsx';
import { PathField } from '../components/PathField.tsx';
import { TaskView } from '../components/TaskView.tsx';
import { useTask } from '../components/useTask.ts';
import { useTranslation } from '../i18n/index.ts';
import { keptDraft } from '../state/draft.ts';

const useInterpretDraft = keptDraft<{ readonly inputs: readonly string[]; readonly out: string }>({
  inputs: [],
  out: '',
});

/** The oracle, asked for the answers to files of raw int8. */
export function Interpret({ model }: { readonly model: string }): ReactNode {
  const { t, count } = useTranslation();
  const [{ inputs, out }, change] = useInterpretDraft();
  const running = useTask<InterpretedFiles>();
  const start = (): void =>
    running.start((client, call) => client.call('models.run', { model, inputs: [...inputs], out }, call));
  return (
    <Stack gap="xs">
      <FileListField
        label={t('options.samples')}
        files={inputs}
        onChange={(inputs) => change({ inputs })}
        pattern={/./}
        extensions={['bin']}
      />
      <Group align="end" gap="sm">
        <PathField
          label={t('options.folder')}
          value={out}
          onChange={(out) => change({ out })}
          pattern={/^$/}
          folders
          extensions={[]}
        />
        <Button
          variant="default"
          disabled={model === '' || inputs.length === 0 || out === '' || running.task.state === 'running'}
          onClick={start}
        >
          {t('interpret.start')}
        </Button>
      </Group>
      <TaskView
        of={running}
        again={start}
        done={({ samples }) => t('interpret.done', { count: count(samples.length), folder: out })}
      />
    </Stack>
  );
}
