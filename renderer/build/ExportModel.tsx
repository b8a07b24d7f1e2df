import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
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

interface ExportModelProps {
  readonly model: string;
  readonly boardId: string;
  /** The board's name. */
  readonly board: string;
  readonly plan: PlanChoice;
  readonly input: InputMode;
}

/** A model as something for other firmware: C, an Arduino library, a CMSIS pack, a .tflite file. */
export function ExportModel({ model, boardId, board, plan, input }: ExportModelProps): ReactNode {
  const { t, count } = useTranslation();
  const [format, setFormat] = useState<ModelFormat>('c');
  const [out, setOut] = useState('');
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
          onChange={(value) => value !== null && setFormat(value as ModelFormat)}
          allowDeselect={false}
          w={180}
        />
        <PathField label={t('options.folder')} value={out} onChange={setOut} pattern={/^$/} folders extensions={[]} />
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
