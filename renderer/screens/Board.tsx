import { Group, Select, Stack, Tabs, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Doctor } from '../board/Doctor.tsx';
import { Identity } from '../board/Identity.tsx';
import { Measured } from '../board/Measured.tsx';
import { TryBoard } from '../board/TryBoard.tsx';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useTranslation } from '../i18n/index.ts';
import { LiveView } from '../live/LiveView.tsx';
import { useStudio } from '../state/studio.ts';

/** What stands in for a board that is not there. */
const virtualBoard = 'virtual-stm32f405';

/** The chosen board: at work, as it was measured, and what it is; and whether this computer can reach it. */
export default function Board(): ReactNode {
  const { t } = useTranslation();
  const { boards, boardId, chooseBoard } = useStudio();
  const board = boards.find(({ id }) => id === boardId);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          {board?.name ?? boardId}
        </Title>
        <Select
          label={t('board.choose')}
          data={boards.map(({ id, name }) => ({ value: id, label: name }))}
          value={boardId}
          onChange={(value) => value !== null && chooseBoard(value)}
          searchable
          allowDeselect={false}
          w={280}
        />
      </Group>
      {board && !board.virtual && board.connected.length === 0 && (
        <ErrorCard
          error={{
            code: 'probe.not-found',
            message: `${board.name} is not plugged in.`,
            remedy: 'Plug it in with a data cable, or choose a virtual board.',
            details: { probes: board.probes },
          }}
          said={{
            cause: t('board.none.message', { board: board.name }),
            remedy: t('board.none.remedy'),
            original: null,
          }}
          action={{ label: t('board.none.action'), run: () => chooseBoard(virtualBoard) }}
        />
      )}
      {board?.connected.map(({ selector, problem }) => problem && <ErrorCard key={selector} error={problem} />)}
      {board && (
        <Tabs key={board.id} defaultValue="live" keepMounted={false}>
          <Tabs.List>
            <Tabs.Tab value="live">{t('board.tab.live')}</Tabs.Tab>
            <Tabs.Tab value="measured">{t('board.tab.measured')}</Tabs.Tab>
            <Tabs.Tab value="try">{t('board.tab.try')}</Tabs.Tab>
            <Tabs.Tab value="about">{t('board.tab.about')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="live" pt="md">
            <LiveView board={board} />
          </Tabs.Panel>
          <Tabs.Panel value="measured" pt="md">
            <Measured board={board} />
          </Tabs.Panel>
          <Tabs.Panel value="try" pt="md">
            <TryBoard board={board} />
          </Tabs.Panel>
          <Tabs.Panel value="about" pt="md">
            <Stack gap="lg">
              <Identity board={board} />
              <Doctor />
            </Stack>
          </Tabs.Panel>
        </Tabs>
      )}
    </Stack>
  );
}
