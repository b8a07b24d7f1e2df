import { Card, Table, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Report } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';

/** What was planned, what the linker used, what the board was seen to use, side by side. */
export function MemoryUse({ report }: { readonly report: Report }): ReactNode {
  const { t, bytes } = useTranslation();
  const { planned, linked, profile } = report;
  const used = (kind: 'flash' | 'ram', name: string): number =>
    linked.uses
      .filter((use) => use.name === name && linked.regions.find((region) => region.name === use.region)?.kind === kind)
      .reduce((sum, use) => sum + use.bytes, 0);
  const rows: [string, number | null, number | null, number | null][] = [
    [t('memory.model'), planned.sramBytes, used('ram', 'model'), null],
    [t('memory.stack'), null, used('ram', 'stack'), profile?.stackBytes ?? null],
    [`${t('memory.firmware')} (SRAM)`, null, used('ram', 'firmware'), null],
    [t('memory.weights'), planned.weightBytes, used('flash', 'model'), null],
    [`${t('memory.firmware')} (Flash)`, null, used('flash', 'firmware'), null],
    ...linked.regions
      .filter(({ usedBytes }) => usedBytes > 0)
      .map((region): [string, null, number, null] => [
        t('memory.total', { region: region.name }),
        null,
        region.usedBytes,
        null,
      ]),
  ];
  const cell = (value: number | null): string => (value === null ? '' : bytes(value));
  return (
    <Card withBorder component="section" aria-label={t('memory.use')} padding="sm">
      <Title order={3} size="h5" mb="xs">
        {t('memory.use')}
      </Title>
      <Table aria-label={t('memory.use')} style={{ fontVariantNumeric: 'tabular-nums' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('memory.what')}</Table.Th>
            <Table.Th ta="right">{t('memory.planned')}</Table.Th>
            <Table.Th ta="right">{t('memory.linked')}</Table.Th>
            <Table.Th ta="right">{t('memory.measured')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(([what, ...values]) => (
            <Table.Tr key={what}>
              <Table.Th scope="row" fw={500}>
                {what}
              </Table.Th>
              {values.map((value, at) => (
                <Table.Td key={at} ta="right">
                  {cell(value)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Card>
  );
}
