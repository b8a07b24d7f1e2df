import { Box, Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SpaceSummary } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { ChartFrame } from './ChartFrame.tsx';

interface SpacesChartProps {
  readonly spaces: readonly SpaceSummary[];
  readonly chosen: string | null;
}

/** How the MACs of each space's fitting networks are spread, the space with the largest mean first. */
export function SpacesChart({ spaces, chosen }: SpacesChartProps): ReactNode {
  const { t, count, percent } = useTranslation();
  const sorted = [...spaces].sort((a, b) => b.meanFlops - a.meanFlops);
  const most = Math.max(1, ...sorted.map(({ macsDeciles, meanFlops }) => Math.max(macsDeciles[8] ?? 0, meanFlops / 2)));
  const nameOf = (space: SpaceSummary): string =>
    space.name === chosen ? `${space.name} (${t('search.space.chosen')})` : space.name;
  const table = (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('search.space')}</Table.Th>
          <Table.Th ta="right">{t('search.space.sampled')}</Table.Th>
          <Table.Th ta="right">{t('search.space.fitting')}</Table.Th>
          <Table.Th ta="right">{t('search.space.flops')}</Table.Th>
          <Table.Th ta="right">{t('search.space.median')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {sorted.map((space) => (
          <Table.Tr key={space.name} fw={space.name === chosen ? 600 : undefined}>
            <Table.Th scope="row" fw="inherit">
              {nameOf(space)}
            </Table.Th>
            <Table.Td ta="right">{count(space.sampled)}</Table.Td>
            <Table.Td ta="right">{percent(space.fitting / Math.max(1, space.sampled))}</Table.Td>
            <Table.Td ta="right">{count(space.meanFlops)}</Table.Td>
            <Table.Td ta="right">{space.fitting === 0 ? '–' : count(space.macsDeciles[4] ?? 0)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <ChartFrame
      title={t('search.spaces.spread')}
      height={Math.min(320, 40 + 22 * sorted.length)}
      table={table}
      chart={(_width, height) => (
        <Box
          mah={height}
          style={{ overflowY: 'auto' }}
          tabIndex={0}
          role="region"
          aria-label={`${t('search.spaces.spread')}: ${t('chart.view.chart')}`}
        >
          {sorted.map((space) => (
            <Strip key={space.name} space={space} name={nameOf(space)} most={most} chosen={space.name === chosen} />
          ))}
          <Text size="xs" c="dimmed">
            {t('search.spaces.legend', { most: count(most) })}
          </Text>
        </Box>
      )}
    />
  );
}

interface StripProps {
  readonly space: SpaceSummary;
  readonly name: string;
  readonly most: number;
  readonly chosen: boolean;
}

/** From the first to the ninth decile as a bar, the middle half darker, the mean as a line. */
function Strip({ space, name, most, chosen }: StripProps): ReactNode {
  const { t, count, percent } = useTranslation();
  const [low = 0, , quarter = 0, , median = 0, , upper = 0, , high = 0] = space.macsDeciles;
  const at = (macs: number): string => `${(100 * macs) / most}%`;
  const colour = chosen ? 'var(--chart-series-1)' : 'var(--chart-broken)';
  const share = percent(space.fitting / Math.max(1, space.sampled));
  const bar = (from: number, to: number, opacity: number): ReactNode => (
    <Box
      style={{
        position: 'absolute',
        left: at(from),
        width: `max(2px, ${(100 * (to - from)) / most}%)`,
        top: 3,
        bottom: 3,
        background: colour,
        opacity,
        borderRadius: 2,
      }}
    />
  );
  return (
    <Group
      gap="xs"
      wrap="nowrap"
      h={22}
      role="img"
      aria-label={`${name}: ${share} ${t('lab.fits')}, ${t('search.space.median')} ${count(median)}`}
    >
      <Text size="xs" w={190} truncate fw={chosen ? 600 : undefined}>
        {name}
      </Text>
      <Box style={{ position: 'relative', flex: 1, height: '100%' }}>
        {space.fitting > 0 && bar(low, high, 0.35)}
        {space.fitting > 0 && bar(quarter, upper, 0.75)}
        {space.fitting > 0 && (
          <Box
            style={{
              position: 'absolute',
              left: at(space.meanFlops / 2),
              top: 0,
              bottom: 0,
              width: 2,
              background: 'var(--chart-ink)',
            }}
          />
        )}
      </Box>
      <Text size="xs" w={60} ta="right">
        {share}
      </Text>
    </Group>
  );
}
