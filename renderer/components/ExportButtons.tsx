import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Exported, StudioClient, TableFormat } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';
import { saveFile } from './saveFile.ts';

const names: Readonly<Record<TableFormat, string>> = { csv: 'CSV', json: 'JSON', md: 'Markdown', html: 'HTML' };

interface ExportButtonsProps {
  readonly ask: (client: StudioClient, format: TableFormat) => Promise<Exported>;
  readonly disabled?: boolean;
}

/** A table to take away, in each form that the service writes. */
export function ExportButtons({ ask, disabled = false }: ExportButtonsProps): ReactNode {
  const { t } = useTranslation();
  const { client, fail } = useStudio();
  const save = async (format: TableFormat): Promise<void> => {
    if (client === null) return;
    const { file, mediaType, text } = await ask(client, format);
    saveFile(file, mediaType, text);
  };
  return (
    <Group gap={4}>
      {(Object.keys(names) as TableFormat[]).map((format) => (
        <Button
          key={format}
          size="compact-xs"
          variant="default"
          disabled={disabled}
          aria-label={t('export.as', { format: names[format] })}
          onClick={() => void save(format).catch(fail)}
        >
          {names[format]}
        </Button>
      ))}
    </Group>
  );
}
