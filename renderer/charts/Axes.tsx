import type { ReactNode } from 'react';
import type { Scale } from './scale.ts';

interface AxesProps {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
  readonly margin: Margin;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  readonly labelX: string;
  readonly labelY: string;
}

export interface Margin {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

/** Grid, ticks and labels of a chart. Decoration: screen readers get the table. */
export function Axes({ x, y, width, height, margin, formatX, formatY, labelX, labelY }: AxesProps): ReactNode {
  const bottom = height - margin.bottom;
  const right = width - margin.right;
  return (
    <g aria-hidden="true" fontSize={11} fill="var(--chart-muted)">
      {y.ticks(5).map((value) => (
        <g key={value} transform={`translate(0 ${y.toPixel(value)})`}>
          <line x1={margin.left} x2={right} stroke="var(--chart-grid)" />
          <text x={margin.left - 6} dy="0.32em" textAnchor="end">
            {formatY(value)}
          </text>
        </g>
      ))}
      {x.ticks(Math.max(2, Math.floor(width / 110))).map((value) => (
        <g key={value} transform={`translate(${x.toPixel(value)} 0)`}>
          <line y1={bottom} y2={bottom + 4} stroke="var(--chart-muted)" />
          <text y={bottom + 16} textAnchor="middle">
            {formatX(value)}
          </text>
        </g>
      ))}
      <line x1={margin.left} x2={right} y1={bottom} y2={bottom} stroke="var(--chart-muted)" />
      <text x={right} y={height - 4} textAnchor="end">
        {labelX}
      </text>
      <text x={margin.left} y={12} textAnchor="start">
        {labelY}
      </text>
    </g>
  );
}
