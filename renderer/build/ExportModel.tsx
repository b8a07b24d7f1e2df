import { Button, Group, Select, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import {
  modelFormatSchema,
  type InputMode,
  type ModelFormat,
  type PlanChoice,
  type WrittenModel,
} from '../../main/contract/index.ts';
import { PathField } from '../components/PathField.tsx';
import { TaskView } from '../components/TaskView.tsx';
import { useTask } from '../components/useTask.ts';
import { useTranslation } from '../i18n/index.ts';
import { keptDraft } from '../state/draft.ts';

interface ExportModelProps {
  readonly model: string;
  readonly boardId: string;
  /** The board's name. */
  readonly board: string;
  readonly plan: PlanChoice;
  readonly input: InputMode;
}

const useExportDraft = keptDraft<{ readonly format: ModelFormat; readonly out: string }>({ format: 'c', out: '' });

/** A model as something for other firmware: C, an Arduino library, a CMSIS pack, a .tflite file. */
export function ExportModel({ model, boardId, board, plan, input }: ExportModelProps): ReactNode {
  const { t, count } = useTranslation();
  const [{ format, out }, change] = useExportDraft();
  const writing = useTask<WrittenModel>();
  const start = (): void =>
    writing.start((client, call) =>
      client.call('models.export', { model, format, out, board: boardId, plan, input }, call),
    );
  return (
    <Stack gap="xs">
      <Group align="end" gap="sm">
        <Select
          label={t('export.format')}
          data={modelFormatSchema.options.map((value) => ({ value, label: t(`export.format.${value}`) }))}
          value={format}
          onChange={(value) => value !== null && change({ format: value as ModelFormat })}
          allowDeselect={false}
          w={180}
        />
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
          disabled={model === '' || out === '' || writing.task.state === 'running'}
          onClick={start}
        >
          {t('export.start')}
        </Button>
      </Group>
      <Text size="xs" c="dimmed">
        {t('export.board', { board })}
      </Text>
      <TaskView
        of={writing}
        again={start}
        done={({ folder, files }) => t('export.written', { count: count(files.length), folder })}
      />
    </Stack>
  );
}
