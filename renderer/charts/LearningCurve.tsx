import { Table } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import type { CurvePoint } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { Axes, type Margin } from './Axes.tsx';
import { ChartFrame } from './ChartFrame.tsx';
import { linearScale } from './scale.ts';

const margin: Margin = { top: 20, right: 12, bottom: 34, left: 48 };

interface LearningCurveProps {
  readonly points: readonly CurvePoint[];
  readonly height?: number;
}

/** Training and validation accuracy, epoch by epoch. */
export function LearningCurve({ points, height = 280 }: LearningCurveProps): ReactNode {
  const { t, percent } = useTranslation();
  const share = (value: number | null): string => (value === null ? '–' : percent(value));
  const table = (
    <Table striped>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('curve.epoch')}</Table.Th>
          <Table.Th ta="right">{t('curve.loss')}</Table.Th>
          <Table.Th ta="right">{t('curve.training')}</Table.Th>
          <Table.Th ta="right">{t('curve.validation')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {points.map((point) => (
          <Table.Tr key={point.epoch}>
            <Table.Td>{point.epoch.toFixed(1)}</Table.Td>
            <Table.Td ta="right">{point.trainLoss.toFixed(3)}</Table.Td>
            <Table.Td ta="right">{share(point.trainAccuracy)}</Table.Td>
            <Table.Td ta="right">{share(point.validationAccuracy)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <ChartFrame
      title={t('curve.title')}
      height={height}
      table={table}
      chart={(width, drawn) => <Curve points={points} width={width} height={drawn} />}
    />
  );
}

function Curve({
  points,
  width,
  height,
}: {
  readonly points: readonly CurvePoint[];
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const { t, percent } = useTranslation();
  const x = linearScale([0, Math.max(1, points.at(-1)?.epoch ?? 1)], [margin.left, width - margin.right]);
  const y = linearScale([0, 1], [height - margin.bottom, margin.top]);
  const path = useMemo(() => {
    const line = (value: (point: CurvePoint) => number | null): string => {
      const known = points.filter((point) => value(point) !== null);
      return known
        .map((point, i) => `${i === 0 ? 'M' : 'L'}${x.toPixel(point.epoch)} ${y.toPixel(value(point) ?? 0)}`)
        .join('');
    };
    return { training: line((p) => p.trainAccuracy), validation: line((p) => p.validationAccuracy) };
  }, [points, x, y]);
  return (
    <svg width={width} height={height} role="img" aria-label={t('curve.title')}>
      <Axes
        {...{ x, y, width, height, margin }}
        formatX={(v) => String(Number(v.toFixed(2)))}
        formatY={percent}
        labelX={t('curve.epoch')}
        labelY=""
      />
      <path d={path.training} fill="none" stroke="var(--chart-series-2)" strokeWidth={1.5} strokeDasharray="4 3" />
      <path d={path.validation} fill="none" stroke="var(--chart-series-1)" strokeWidth={2.5} />
      <g fontSize={11} fill="var(--chart-ink)" aria-hidden="true">
        <line
          x1={margin.left + 8}
          x2={margin.left + 28}
          y1={10}
          y2={10}
          stroke="var(--chart-series-1)"
          strokeWidth={2.5}
        />
        <text x={margin.left + 32} y={14}>
          {t('curve.validation')}
        </text>
        <line
          x1={margin.left + 128}
          x2={margin.left + 148}
          y1={10}
          y2={10}
          stroke="var(--chart-series-2)"
          strokeDasharray="4 3"
        />
        <text x={margin.left + 152} y={14}>
          {t('curve.training')}
        </text>
      </g>
    </svg>
  );
}
