import { Box, Stack, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { LinkedMemory as Linked } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { ChartFrame } from './ChartFrame.tsx';

const colours = ['var(--chart-series-1)', 'var(--chart-series-2)', 'var(--chart-series-3)', 'var(--chart-series-4)'];

/** What the linker used of each memory: a bar a region, a piece a section. */
export function LinkedMemory({ memory }: { readonly memory: Linked }): ReactNode {
  const { t, bytes, percent } = useTranslation();
  const table = (
    <Table striped>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('linked.section')}</Table.Th>
          <Table.Th>{t('linked.region')}</Table.Th>
          <Table.Th ta="right">{t('memory.bytes')}</Table.Th>
          <Table.Th>{t('linked.what')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {memory.sections.map((section) => (
          <Table.Tr key={`${section.name}@${section.address}`}>
            <Table.Td>{section.name}</Table.Td>
            <Table.Td>{section.region}</Table.Td>
            <Table.Td ta="right">{bytes(section.bytes)}</Table.Td>
            <Table.Td>{section.what}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <ChartFrame
      title={t('linked.title')}
      height={300}
      table={table}
      chart={() => (
        <Stack gap="md">
          {memory.regions.map((region) => (
            <Box key={region.name}>
              <Text size="sm">
                {region.name}: {bytes(region.usedBytes)} / {bytes(region.sizeBytes)} (
                {percent(region.usedBytes / region.sizeBytes)})
              </Text>
              <Box
                role="img"
                aria-label={`${region.name}: ${percent(region.usedBytes / region.sizeBytes)}`}
                style={{
                  display: 'flex',
                  height: 22,
                  border: '1px solid var(--chart-muted)',
                  borderRadius: 4,
                  overflow: 'hidden',
                }}
              >
                {memory.sections
                  .filter((section) => section.region === region.name)
                  .map((section, i) => (
                    <Box
                      key={`${section.name}@${section.address}`}
                      title={`${section.name} (${section.what}): ${bytes(section.bytes)}`}
                      style={{
                        width: `${(100 * section.bytes) / region.sizeBytes}%`,
                        background: colours[i % colours.length],
                      }}
                    />
                  ))}
              </Box>
            </Box>
          ))}
        </Stack>
      )}
    />
  );
}
