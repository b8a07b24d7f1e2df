import { Box, Group, SegmentedControl, Title } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';

interface ChartFrameProps {
  readonly title: string;
  readonly height: number;
  /** Draws into `width` × `height` pixels. */
  readonly chart: (width: number, height: number) => ReactNode;
  /** The same figures as a table: what a screen reader, a keyboard and a copier want. */
  readonly table: ReactNode;
  readonly aside?: ReactNode;
}

/** A chart with its title and a table view beside it. */
export function ChartFrame({ title, height, chart, table, aside }: ChartFrameProps): ReactNode {
  const { t } = useTranslation();
  const [view, setView] = useState<'chart' | 'table'>('chart');
  const { ref, width } = useElementSize();
  return (
    <Box component="section" aria-label={title}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          {title}
        </Title>
        <Group gap="sm">
          {aside}
          <SegmentedControl
            size="xs"
            aria-label={`${t('chart.view')}: ${title}`}
            value={view}
            onChange={(value) => setView(value as 'chart' | 'table')}
            data={[
              { value: 'chart', label: t('chart.view.chart') },
              { value: 'table', label: t('chart.view.table') },
            ]}
          />
        </Group>
      </Group>
      <Box ref={ref} style={{ minHeight: height }}>
        {view === 'table' ? (
          <Box
            style={{ maxHeight: height, overflow: 'auto' }}
            tabIndex={0}
            role="region"
            aria-label={`${title}: ${t('chart.view.table')}`}
          >
            {table}
          </Box>
        ) : (
          width > 0 && chart(width, height)
        )}
      </Box>
    </Box>
  );
}
