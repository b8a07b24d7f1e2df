import Dagre from '@dagrejs/dagre';
import { Box, Table, Text } from '@mantine/core';
import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { memo, useMemo, type ReactNode } from 'react';
import type { ModelInfo } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { ChartFrame } from './ChartFrame.tsx';

type Operator = ModelInfo['operators'][number];

interface ModelGraphProps {
  readonly model: ModelInfo;
  /** What colours a node, by operator, in any one unit; null for none. */
  readonly heat: ReadonlyMap<number, number> | null;
  readonly formatHeat?: (value: number) => string;
  readonly selected: number | null;
  readonly onSelect: (index: number) => void;
}

const WIDTH = 190;
const HEIGHT = 46;

interface OperatorData extends Record<string, unknown> {
  readonly operator: Operator;
  readonly share: number;
  /** How hot it is, as text; empty where that is not known. */
  readonly heat: string;
}

const OperatorNode = memo(function OperatorNode({ data, selected }: NodeProps<Node<OperatorData>>): ReactNode {
  const { operator, share, heat } = data;
  return (
    <Box
      style={{
        width: WIDTH,
        height: HEIGHT,
        padding: '4px 8px',
        borderRadius: 6,
        border: `${selected ? 2 : 1}px solid ${selected ? 'var(--chart-series-2)' : 'var(--chart-muted)'}`,
        background: `color-mix(in srgb, var(--chart-series-2) ${Math.round(36 * share)}%, var(--mantine-color-body))`,
      }}
    >
      <Handle type="target" position={Position.Top} style={{ opacity: 0 }} isConnectable={false} />
      <Text size="xs" fw={600} truncate>
        {operator.index} {operator.kind}
      </Text>
      <Text size="xs" truncate>
        {operator.outputShapes[0]?.join('×') ?? ''}
        {heat === '' ? '' : ` · ${heat}`}
      </Text>
      <Handle type="source" position={Position.Bottom} style={{ opacity: 0 }} isConnectable={false} />
    </Box>
  );
});

const nodeTypes = { operator: OperatorNode };

/** Beyond this a graph opens at its top, readable, instead of whole and tiny; and is laid out by depth alone. */
const LARGE = 120;

/** Places operators in layers, top to bottom. */
function layOut(operators: readonly Operator[]): Map<number, { x: number; y: number }> {
  return operators.length > LARGE ? layOutByDepth(operators) : layOutWell(operators);
}

/** A row for each depth, as wide as what is in it: at once for any size, and for chains with shortcuts as good. */
function layOutByDepth(operators: readonly Operator[]): Map<number, { x: number; y: number }> {
  const depths = new Map<number, number>();
  const rows = new Map<number, number[]>();
  for (const { index, from } of operators) {
    const depth = Math.max(0, ...from.map((source) => (depths.get(source) ?? 0) + 1));
    depths.set(index, depth);
    rows.set(depth, [...(rows.get(depth) ?? []), index]);
  }
  const places = new Map<number, { x: number; y: number }>();
  for (const [depth, row] of rows)
    for (const [at, index] of row.entries())
      places.set(index, { x: (at - row.length / 2) * (WIDTH + 24), y: depth * (HEIGHT + 26) });
  return places;
}

function layOutWell(operators: readonly Operator[]): Map<number, { x: number; y: number }> {
  const graph = new Dagre.graphlib.Graph().setDefaultEdgeLabel(() => ({}));
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 26 });
  for (const { index } of operators) graph.setNode(String(index), { width: WIDTH, height: HEIGHT });
  for (const { index, from } of operators) for (const source of from) graph.setEdge(String(source), String(index));
  Dagre.layout(graph);
  return new Map(
    operators.map(({ index }) => {
      const { x, y } = graph.node(String(index));
      return [index, { x: x - WIDTH / 2, y: y - HEIGHT / 2 }];
    }),
  );
}

/** The model as a graph, coloured by what its operators cost. */
export function ModelGraph({ model, heat, formatHeat, selected, onSelect }: ModelGraphProps): ReactNode {
  const { t, count } = useTranslation();
  const places = useMemo(() => layOut(model.operators), [model]);
  const large = model.operators.length > LARGE;
  const first = places.get(0) ?? { x: 0, y: 0 };
  const hottest = heat === null ? 1 : Math.max(1e-9, ...heat.values());
  const nodes = useMemo(
    () =>
      model.operators.map((operator): Node<OperatorData> => ({
        id: String(operator.index),
        type: 'operator',
        // Said beforehand, so that only what is in view is ever drawn.
        width: WIDTH,
        height: HEIGHT,
        position: places.get(operator.index) ?? { x: 0, y: 0 },
        data: {
          operator,
          share: (heat?.get(operator.index) ?? 0) / hottest,
          heat: heat?.has(operator.index) && formatHeat ? formatHeat(heat.get(operator.index) ?? 0) : '',
        },
        selected: operator.index === selected,
        ariaLabel: `${operator.index} ${operator.kind} ${operator.outputShapes[0]?.join(' × ') ?? ''}`,
      })),
    [model, places, heat, formatHeat, hottest, selected],
  );
  const edges = useMemo(
    () =>
      model.operators.flatMap(({ index, from }): Edge[] =>
        from.map((source) => ({ id: `${source}-${index}`, source: String(source), target: String(index) })),
      ),
    [model],
  );
  const table = (
    <Table striped>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>#</Table.Th>
          <Table.Th>{t('layers.kind')}</Table.Th>
          <Table.Th>{t('layers.layer')}</Table.Th>
          <Table.Th>{t('model.shape')}</Table.Th>
          <Table.Th ta="right">{t('layers.macs')}</Table.Th>
          <Table.Th ta="right">{t('model.parameters')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {model.operators.map((operator) => (
          <Table.Tr key={operator.index}>
            <Table.Td>{operator.index}</Table.Td>
            <Table.Td>{operator.kind}</Table.Td>
            <Table.Td>{operator.name}</Table.Td>
            <Table.Td>{operator.outputShapes.map((shape) => shape.join('×')).join(', ')}</Table.Td>
            <Table.Td ta="right">{count(operator.macs)}</Table.Td>
            <Table.Td ta="right">{count(operator.parameters)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
  return (
    <ChartFrame
      title={t('model.graph')}
      height={560}
      table={table}
      chart={(width, height) => (
        <Box h={height} style={{ border: '1px solid var(--chart-grid)', borderRadius: 6 }}>
          <ReactFlow
            nodes={nodes}
            edges={edges}
            nodeTypes={nodeTypes}
            onNodesChange={(changes) => {
              // A click selects, and so do Enter and the space bar on the node that has the focus.
              for (const change of changes)
                if (change.type === 'select' && change.selected) onSelect(Number(change.id));
            }}
            nodesDraggable={false}
            nodesConnectable={false}
            onlyRenderVisibleElements
            {...(large
              ? { defaultViewport: { x: width / 2 - 0.8 * (first.x + WIDTH / 2), y: 16, zoom: 0.8 } }
              : { fitView: true })}
            minZoom={0.05}
            proOptions={{ hideAttribution: true }}
          >
            <Background />
            <Controls showInteractive={false} />
          </ReactFlow>
        </Box>
      )}
    />
  );
}
