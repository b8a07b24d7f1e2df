import { Table, Text } from '@mantine/core';
import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { Axes, type Margin } from './Axes.tsx';
import { ChartFrame } from './ChartFrame.tsx';
import { bestByLatency, staircase } from './pareto.ts';
import { extent, linearScale } from './scale.ts';

export interface ParetoPoint {
  readonly id: string;
  readonly label: string;
  readonly latencyMs: number;
  /** 0 … 1 */
  readonly accuracy: number;
  /** Within every limit but the one on latency, which the chart draws itself. */
  readonly fits: boolean;
  readonly onFront: boolean;
}

interface ParetoChartProps {
  readonly points: readonly ParetoPoint[];
  readonly recommended: string | null;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  readonly limitMs: number | null;
  readonly onLimit: (latencyMs: number) => void;
  readonly height?: number;
}

const margin: Margin = { top: 20, right: 16, bottom: 34, left: 48 };

/**
 * Accuracy against latency, with a limit to drag: what lies beyond it turns grey. The line is the best accuracy at each
 * latency among what is within every limit.
 */
export function ParetoChart(props: ParetoChartProps): ReactNode {
  const { t, milliseconds, percent } = useTranslation();
  const { points, limitMs, recommended } = props;
  const within = (point: ParetoPoint): boolean => point.fits && (limitMs === null || point.latencyMs <= limitMs);
  const table = (
    <Table striped highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('pareto.network')}</Table.Th>
          <Table.Th ta="right">{t('pareto.latency')}</Table.Th>
          <Table.Th ta="right">{t('pareto.accuracy')}</Table.Th>
          <Table.Th>{t('pareto.fits')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {points.map((point) => (
          <Table.Tr key={point.id}>
            <Table.Td>
              {point.label}
              {point.id === recommended ? ` (${t('pareto.recommended')})` : ''}
            </Table.Td>
            <Table.Td ta="right">{milliseconds(point.latencyMs)}</Table.Td>
            <Table.Td ta="right">{percent(point.accuracy)}</Table.Td>
            <Table.Td>{t(within(point) ? 'pareto.fits.yes' : 'pareto.fits.no')}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  const best = bestByLatency(points.filter(within)).at(-1);
  const limit = limitMs === null ? '–' : milliseconds(limitMs);
  return (
    <>
      <ChartFrame
        title={t('pareto.title')}
        height={props.height ?? 340}
        table={table}
        chart={(width, height) => <ParetoDrawing {...props} within={within} width={width} drawingHeight={height} />}
      />
      <Text size="sm" role="status">
        {best === undefined
          ? t('pareto.none', { limit })
          : t('pareto.best', {
              limit,
              name: best.label,
              accuracy: percent(best.accuracy),
              latency: milliseconds(best.latencyMs),
            })}{' '}
        {t('pareto.line')}
      </Text>
    </>
  );
}

interface DrawingProps extends ParetoChartProps {
  readonly within: (point: ParetoPoint) => boolean;
  readonly width: number;
  readonly drawingHeight: number;
}

function ParetoDrawing(props: DrawingProps): ReactNode {
  const { points, within, recommended, selected, onSelect, limitMs, onLimit, width, drawingHeight: height } = props;
  const { t, milliseconds, percent } = useTranslation();
  const svg = useRef<SVGSVGElement>(null);

  const latencies = points.map(({ latencyMs }) => latencyMs);
  if (limitMs !== null) latencies.push(limitMs);
  const x = linearScale([0, Math.max(1, extent(latencies)[1] * 1.08)], [margin.left, width - margin.right]);
  const [low, high] = extent(
    points.map(({ accuracy }) => accuracy),
    0.1,
  );
  const y = linearScale([Math.max(0, low), Math.min(1, high)], [height - margin.bottom, margin.top]);

  const moveTo = (event: PointerEvent): void => {
    const box = svg.current?.getBoundingClientRect();
    if (box) onLimit(Math.max(0, x.toValue(event.clientX - box.left)));
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = x.domain[1] / (event.shiftKey ? 10 : 100);
    const change = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step }[event.key];
    if (change === undefined || limitMs === null) return;
    event.preventDefault();
    onLimit(Math.max(0, limitMs + change));
  };

  const end = limitMs ?? x.domain[1];
  const path = staircase(bestByLatency(points.filter(within)), end, x.toPixel, y.toPixel);

  return (
    <svg ref={svg} width={width} height={height} role="group" aria-label={t('pareto.title')}>
      <Axes
        {...{ x, y, width, height, margin }}
        formatX={milliseconds}
        formatY={percent}
        labelX={t('pareto.latency')}
        labelY={t('pareto.accuracy')}
      />
      <path d={path} fill="none" stroke="var(--chart-series-1)" strokeWidth={1.5} opacity={0.6} />
      {points.map((point) => (
        <PointMark
          key={point.id}
          point={point}
          cx={x.toPixel(point.latencyMs)}
          cy={y.toPixel(point.accuracy)}
          fits={within(point)}
          recommended={point.id === recommended}
          selected={point.id === selected}
          label={`${point.label}: ${milliseconds(point.latencyMs)}, ${percent(point.accuracy)}${
            point.id === recommended ? `, ${t('pareto.recommended')}` : ''
          }`}
          onSelect={onSelect}
        />
      ))}
      {limitMs !== null && (
        <g
          role="slider"
          tabIndex={0}
          aria-label={t('pareto.limit')}
          aria-description={t('pareto.limit.help')}
          aria-valuemin={0}
          aria-valuemax={Math.round(x.domain[1])}
          aria-valuenow={Math.round(limitMs)}
          aria-valuetext={milliseconds(limitMs)}
          onKeyDown={onKey}
          onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
          onPointerMove={(event) => event.buttons === 1 && moveTo(event)}
          transform={`translate(${x.toPixel(limitMs)} 0)`}
          style={{ cursor: 'ew-resize', touchAction: 'none' }}
        >
          <rect x={-8} y={margin.top} width={16} height={height - margin.top - margin.bottom} fill="transparent" />
          <line
            y1={margin.top}
            y2={height - margin.bottom}
            stroke="var(--chart-limit)"
            strokeWidth={2}
            strokeDasharray="5 4"
          />
          <text y={margin.top - 6} textAnchor="middle" fontSize={11} fill="var(--chart-limit)">
            {milliseconds(limitMs)}
          </text>
        </g>
      )}
    </svg>
  );
}

interface PointMarkProps {
  readonly point: ParetoPoint;
  readonly cx: number;
  readonly cy: number;
  readonly fits: boolean;
  readonly recommended: boolean;
  readonly selected: boolean;
  readonly label: string;
  readonly onSelect: (id: string) => void;
}

/** Fitting points are filled discs, broken ones hollow: colour is not the only sign. */
function PointMark({ point, cx, cy, fits, recommended, selected, label, onSelect }: PointMarkProps): ReactNode {
  const colour = fits ? 'var(--chart-fits)' : 'var(--chart-broken)';
  const choose = (): void => onSelect(point.id);
  return (
    <g
      role="button"
      tabIndex={point.onFront ? 0 : -1}
      aria-label={label}
      aria-pressed={selected}
      onClick={choose}
      onKeyDown={(event) => (event.key === 'Enter' || event.key === ' ') && choose()}
      style={{ cursor: 'pointer' }}
    >
      <title>{label}</title>
      {recommended && <circle cx={cx} cy={cy} r={10} fill="none" stroke="var(--chart-series-2)" strokeWidth={2.5} />}
      <circle
        cx={cx}
        cy={cy}
        r={point.onFront ? 5.5 : 3.5}
        fill={fits ? colour : 'var(--mantine-color-body)'}
        stroke={selected ? 'var(--chart-ink)' : colour}
        strokeWidth={selected ? 3 : 1.5}
      />
    </g>
  );
}
