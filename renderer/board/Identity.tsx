import { Card, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { BoardSummary } from '../../main/contract/index.ts';
import { HardwareFields } from '../components/HardwareFields.tsx';
import { Figure } from '../components/Figure.tsx';
import { useTranslation } from '../i18n/index.ts';

/** What the board is, what it holds, where it is plugged in. */
export function Identity({ board }: { readonly board: BoardSummary }): ReactNode {
  const { t, bytes, count } = useTranslation();
  return (
    <Stack>
      <HardwareFields boardId={board.id} />
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('board.mcu')} value={board.mcu} note={board.core} />
        <Figure label={t('board.clock')} value={`${count(board.clockHz / 1e6)} MHz`} />
        <Figure label="SRAM" value={bytes(board.sramBytes)} />
        <Figure label="Flash" value={bytes(board.flashBytes)} />
      </SimpleGrid>
      <Card withBorder>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('linked.region')}</Table.Th>
              <Table.Th>{t('board.start')}</Table.Th>
              <Table.Th ta="right">{t('memory.bytes')}</Table.Th>
              <Table.Th>{t('board.activations')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {board.memory.map((region) => (
              <Table.Tr key={region.name}>
                <Table.Td>{region.name}</Table.Td>
                <Table.Td ff="monospace">0x{region.start.toString(16).padStart(8, '0')}</Table.Td>
                <Table.Td ta="right">{bytes(region.sizeBytes)}</Table.Td>
                <Table.Td>{t(region.activations ? 'pareto.fits.yes' : 'pareto.fits.no')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Card>
      {board.connected.map(({ selector, serialPath }) => (
        <Text key={selector} size="sm">
          {t('board.at', { selector, port: serialPath ?? '–' })}
        </Text>
      ))}
      {board.doubts.map((doubt) => (
        <Text key={doubt} size="sm" c="dimmed">
          {t('board.doubt')}: <span lang="en">{doubt}</span>
        </Text>
      ))}
    </Stack>
  );
}
