import { Table } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { PlannedMemory } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { Axes, type Margin } from './Axes.tsx';
import { ChartFrame } from './ChartFrame.tsx';
import { linearScale } from './scale.ts';

type Buffer = PlannedMemory['buffers'][number];

interface MemoryMapProps {
  readonly memory: PlannedMemory;
  readonly height?: number;
}

const margin: Margin = { top: 20, right: 12, bottom: 34, left: 60 };
const colours: Record<Buffer['kind'], string> = {
  input: 'var(--chart-series-3)',
  output: 'var(--chart-series-4)',
  activation: 'var(--chart-series-1)',
  ring: 'var(--chart-series-1)',
  work: 'var(--chart-series-2)',
};

/** Which bytes of the arena hold what, over the steps of one inference. */
export function MemoryMap({ memory, height = 300 }: MemoryMapProps): ReactNode {
  const { t, bytes } = useTranslation();
  const table = (
    <Table striped>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('memory.buffer')}</Table.Th>
          <Table.Th ta="right">{t('memory.offset')}</Table.Th>
          <Table.Th ta="right">{t('memory.bytes')}</Table.Th>
          <Table.Th>{t('memory.from')}</Table.Th>
          <Table.Th>{t('memory.to')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {memory.buffers.map((buffer) => (
          <Table.Tr key={`${buffer.name}@${buffer.offset}@${buffer.firstStep}`}>
            <Table.Td>{buffer.name}</Table.Td>
            <Table.Td ta="right">{buffer.offset}</Table.Td>
            <Table.Td ta="right">{bytes(buffer.bytes)}</Table.Td>
            <Table.Td>{buffer.firstStep}</Table.Td>
            <Table.Td>{buffer.lastStep}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <ChartFrame
      title={t('memory.title')}
      height={height}
      table={table}
      chart={(width, drawn) => <MemoryDrawing memory={memory} width={width} height={drawn} />}
    />
  );
}

interface DrawingProps {
  readonly memory: PlannedMemory;
  readonly width: number;
  readonly height: number;
}

function MemoryDrawing({ memory, width, height }: DrawingProps): ReactNode {
  const { t, bytes, count } = useTranslation();
  const [pointed, setPointed] = useState<Buffer | null>(null);
  const x = linearScale([0, Math.max(1, memory.steps)], [margin.left, width - margin.right]);
  const y = linearScale([0, Math.max(1, memory.sramBytes) * 1.05], [height - margin.bottom, margin.top]);
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={`${t('memory.title')}. ${t('memory.peak', { bytes: bytes(memory.sramBytes) })}`}
    >
      <Axes
        {...{ x, y, width, height, margin }}
        formatX={count}
        formatY={bytes}
        labelX={t('memory.step')}
        labelY="SRAM"
      />
      {memory.buffers.map((buffer) => (
        <rect
          key={`${buffer.name}@${buffer.offset}@${buffer.firstStep}`}
          x={x.toPixel(buffer.firstStep)}
          width={Math.max(1, x.toPixel(buffer.lastStep + 1) - x.toPixel(buffer.firstStep) - 0.5)}
          y={y.toPixel(buffer.offset + buffer.bytes)}
          height={Math.max(0.5, y.toPixel(buffer.offset) - y.toPixel(buffer.offset + buffer.bytes))}
          fill={colours[buffer.kind]}
          fillOpacity={pointed === buffer ? 0.95 : buffer.kind === 'ring' ? 0.45 : 0.7}
          stroke="var(--mantine-color-body)"
          strokeWidth={0.5}
          onPointerEnter={() => setPointed(buffer)}
          onPointerLeave={() => setPointed(null)}
        />
      ))}
      <line
        x1={margin.left}
        x2={width - margin.right}
        y1={y.toPixel(memory.sramBytes)}
        y2={y.toPixel(memory.sramBytes)}
        stroke="var(--chart-limit)"
        strokeDasharray="5 4"
      />
      <text x={width - margin.right} y={12} textAnchor="end" fontSize={11} fill="var(--chart-ink)">
        {pointed === null
          ? t('memory.peak', { bytes: bytes(memory.sramBytes) })
          : `${pointed.name}: ${bytes(pointed.bytes)} @ ${pointed.offset}`}
      </text>
    </svg>
  );
}
