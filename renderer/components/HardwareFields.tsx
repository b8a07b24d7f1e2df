import { Group, Select, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

/** Which probe and which port, where what is plugged in does not decide it; nothing for a virtual board. */
export function HardwareFields({ boardId }: { readonly boardId: string }): ReactNode {
  const { t } = useTranslation();
  const { boards, hardware, setHardware } = useStudio();
  const board = boards.find(({ id }) => id === boardId);
  if (board === undefined || board.virtual) return null;
  const { probe = '', port = '' } = hardware[boardId] ?? {};
  const selectors = [...new Set([...board.connected.map(({ selector }) => selector), probe])].filter((s) => s !== '');
  return (
    <Group align="start" gap="sm">
      <Select
        label={t('options.probe')}
        description={t('options.probe.help')}
        data={[
          { value: '', label: t('options.probe.found') },
          ...selectors.map((selector) => ({ value: selector, label: selector })),
        ]}
        value={probe}
        onChange={(chosen) => setHardware(boardId, { probe: chosen ?? '' })}
        allowDeselect={false}
        w={260}
      />
      <TextInput
        label={t('board.port')}
        description={t('board.port.help')}
        placeholder={board.connected[0]?.serialPath ?? '/dev/ttyACM0'}
        value={port}
        onChange={(event) => setHardware(boardId, { port: event.currentTarget.value.trim() })}
        w={260}
      />
    </Group>
  );
}
