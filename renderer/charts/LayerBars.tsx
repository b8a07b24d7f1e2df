import { Box, Group, Table, Text, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { ChartFrame } from './ChartFrame.tsx';

export interface LayerTime {
  readonly index: number;
  readonly name: string;
  readonly kind: string;
  readonly macs: number;
  readonly milliseconds: number;
  readonly predictedMs: number | null;
  readonly cycles: number | null;
}

interface LayerBarsProps {
  readonly layers: readonly LayerTime[];
  /** Whether the times are estimates of a virtual board; the chart says so. */
  readonly estimated: boolean;
  readonly selected: number | null;
  readonly onSelect: (index: number) => void;
  readonly height?: number;
}

/** A bar for each layer, with what was predicted as a mark on it. */
export function LayerBars({ layers, estimated, selected, onSelect, height = 360 }: LayerBarsProps): ReactNode {
  const { t, milliseconds, percent, count } = useTranslation();
  const total = layers.reduce((sum, layer) => sum + layer.milliseconds, 0) || 1;
  const longest = Math.max(1e-9, ...layers.flatMap((layer) => [layer.milliseconds, layer.predictedMs ?? 0]));
  const errorOf = ({ predictedMs, milliseconds: ms }: LayerTime): string =>
    predictedMs === null || ms <= 0
      ? '–'
      : `${predictedMs >= ms ? '+' : '−'}${percent(Math.abs(predictedMs - ms) / ms)}`;
  const measured = t(estimated ? 'layers.estimated' : 'layers.measured');

  const table = (
    <Table striped>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('layers.layer')}</Table.Th>
          <Table.Th>{t('layers.kind')}</Table.Th>
          <Table.Th ta="right">{t('layers.macs')}</Table.Th>
          <Table.Th ta="right">{measured}</Table.Th>
          <Table.Th ta="right">{t('layers.predicted')}</Table.Th>
          <Table.Th ta="right">{t('layers.error')}</Table.Th>
          <Table.Th ta="right">{t('layers.per-mac')}</Table.Th>
          <Table.Th ta="right">{t('layers.share')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {layers.map((layer) => (
          <Table.Tr key={layer.index}>
            <Table.Td>{layer.name}</Table.Td>
            <Table.Td>{layer.kind}</Table.Td>
            <Table.Td ta="right">{count(layer.macs)}</Table.Td>
            <Table.Td ta="right">{milliseconds(layer.milliseconds)}</Table.Td>
            <Table.Td ta="right">{layer.predictedMs === null ? '–' : milliseconds(layer.predictedMs)}</Table.Td>
            <Table.Td ta="right">{errorOf(layer)}</Table.Td>
            <Table.Td ta="right">
              {layer.cycles === null || layer.macs === 0 ? '–' : (layer.cycles / layer.macs).toFixed(2)}
            </Table.Td>
            <Table.Td ta="right">{percent(layer.milliseconds / total)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );

  const bar = (layer: LayerTime): ReactNode => (
    <UnstyledButton
      key={layer.index}
      onClick={() => onSelect(layer.index)}
      aria-pressed={selected === layer.index}
      title={`${layer.name}: ${measured} ${milliseconds(layer.milliseconds)}`}
      w="100%"
      px={4}
      style={{
        borderRadius: 4,
        background: selected === layer.index ? 'var(--mantine-color-default-hover)' : undefined,
      }}
    >
      <Group gap="xs" wrap="nowrap">
        <Text size="xs" w={150} truncate="end">
          {layer.name}
        </Text>
        <Box style={{ position: 'relative', flex: 1, height: 14 }}>
          <Box
            style={{
              width: `${(100 * layer.milliseconds) / longest}%`,
              height: '100%',
              background: 'var(--chart-series-1)',
              borderRadius: 2,
              opacity: estimated ? 0.75 : 1,
            }}
          />
          {layer.predictedMs !== null && (
            <Box
              title={`${t('layers.predicted')}: ${milliseconds(layer.predictedMs)}`}
              style={{
                position: 'absolute',
                left: `calc(${(100 * layer.predictedMs) / longest}% - 1px)`,
                top: -2,
                bottom: -2,
                width: 3,
                background: 'var(--chart-series-2)',
              }}
            />
          )}
        </Box>
        <Text size="xs" w={80} ta="right" style={{ whiteSpace: 'nowrap' }}>
          {milliseconds(layer.milliseconds)}
        </Text>
      </Group>
    </UnstyledButton>
  );

  return (
    <ChartFrame
      title={`${t('layers.title')} · ${measured}`}
      height={height}
      table={table}
      chart={() => (
        <Box style={{ maxHeight: height, overflowY: 'auto' }} tabIndex={0} role="region" aria-label={t('layers.title')}>
          {layers.length === 0 ? <Text c="dimmed">{t('chart.empty')}</Text> : layers.map(bar)}
        </Box>
      )}
    />
  );
}
