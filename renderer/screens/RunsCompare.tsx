import { Card, Table, Text, Title } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { runColumns, type Report, type RunColumn, type RunSummary } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { cellText } from './runColumns.ts';

type Pair<T> = readonly [T, T];

/** What tells the two apart by themselves and needs no row. */
const own: ReadonlySet<RunColumn> = new Set<RunColumn>(['title', 'createdAt']);

/** Two runs side by side: only what differs, then the layers whose times do. */
export function RunsCompare({ runs }: { readonly runs: Pair<RunSummary> }): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const [a, b] = runs;
  const [loaded, again] = useCall(
    async (client, signal) => {
      const ofRun = ({ id, state }: RunSummary): Promise<Report | null> =>
        state === 'done' ? client.call('runs.report', { id }, { signal }).catch(() => null) : Promise.resolve(null);
      const records = await Promise.all(runs.map(({ id }) => client.call('runs.get', { id }, { signal })));
      const reports = await Promise.all(runs.map(ofRun));
      return { ids: `${a.id} ${b.id}`, params: records.map(({ params }) => params), reports };
    },
    [a.id, b.id],
  );
  const known = loaded.state === 'ready' && loaded.value.ids === `${a.id} ${b.id}` ? loaded.value : null;
  const rows: [string, string, string][] = runColumns
    .filter((column) => !own.has(column))
    .map((column) => [t(`column.${column}`), cellText(a, column, translation), cellText(b, column, translation)]);
  for (const name of paramNames(known?.params))
    rows.push([name, ...(known?.params.map((params) => text(params[name])) as [string, string])]);
  const differing = rows.filter(([, left, right]) => left !== right);
  const [left, right] = known?.reports ?? [null, null];
  return (
    <Card withBorder component="section" aria-label={t('runs.comparison')} padding="sm">
      {loaded.state === 'failed' && <ErrorCard error={loaded.error} action={{ label: t('try.again'), run: again }} />}
      <Table aria-label={t('runs.comparison')}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('runs.comparison')}</Table.Th>
            {runs.map((run) => (
              <Table.Th key={run.id}>{run.title}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {differing.map(([name, ...values]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" fw={500}>
                {name}
              </Table.Th>
              {values.map((value, at) => (
                <Table.Td key={at} style={{ overflowWrap: 'anywhere' }}>
                  {value === '' ? '–' : value}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {differing.length === 0 && <Text size="sm">{t('runs.same')}</Text>}
      {known !== null && <LayerDeltas left={left ?? null} right={right ?? null} />}
    </Card>
  );
}

/** Parameters that the columns do not show already. */
function paramNames(params: readonly Readonly<Record<string, unknown>>[] | undefined): string[] {
  const shown = new Set(['kind', 'boardId', 'dataset', 'model', 'matrix']);
  return [...new Set((params ?? []).flatMap((each) => Object.keys(each)))].filter((name) => !shown.has(name));
}

const text = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

interface LayerDelta {
  readonly name: string;
  readonly left: number;
  readonly right: number;
}

/** Layer by layer where both have the same layers; null where they do not. */
function deltasOf(left: Report | null, right: Report | null): LayerDelta[] | null {
  const [a, b] = [left?.profile?.layers ?? [], right?.profile?.layers ?? []];
  if (a.length === 0 || a.length !== b.length) return null;
  const deltas: LayerDelta[] = [];
  for (const [at, layer] of a.entries()) {
    const other = b[at];
    if (other === undefined || other.kind !== layer.kind) return null;
    const name = other.name === layer.name ? layer.name : `${layer.name} / ${other.name}`;
    deltas.push({ name, left: (layer.microseconds ?? 0) / 1000, right: (other.microseconds ?? 0) / 1000 });
  }
  return deltas;
}

function LayerDeltas({ left, right }: { readonly left: Report | null; readonly right: Report | null }): ReactNode {
  const { t, milliseconds, percent } = useTranslation();
  const deltas = deltasOf(left, right);
  if (left === null && right === null) return null;
  if (deltas === null)
    return (
      <Text size="sm" c="dimmed" mt="sm">
        {t('runs.layers.none')}
      </Text>
    );
  const sum = (side: 'left' | 'right'): number => deltas.reduce((total, delta) => total + delta[side], 0);
  const estimated = [left, right].some((report) => report?.profile?.estimated === true);
  const all: LayerDelta = { name: t('runs.total'), left: sum('left'), right: sum('right') };
  const rows = [all, ...deltas.filter((delta) => delta.left !== delta.right)];
  const cells = ({ left: before, right: after }: LayerDelta): string[] => [
    milliseconds(before),
    milliseconds(after),
    `${after > before ? '+' : after < before ? '−' : '±'}${milliseconds(Math.abs(after - before))}${
      before > 0 ? ` (${after >= before ? '+' : '−'}${percent(Math.abs(after - before) / before)})` : ''
    }`,
  ];
  return (
    <Fragment>
      <Title order={3} size="h6" mt="sm">
        {t('runs.layers')} ({t(estimated ? 'runs.origin.estimated' : 'runs.origin.measured')})
      </Title>
      <div style={{ maxHeight: 260, overflow: 'auto' }} tabIndex={0} role="region" aria-label={t('runs.layers')}>
        <Table striped aria-label={t('runs.layers')} style={{ fontVariantNumeric: 'tabular-nums' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('layers.layer')}</Table.Th>
              <Table.Th ta="right">1</Table.Th>
              <Table.Th ta="right">2</Table.Th>
              <Table.Th ta="right">{t('runs.delta')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((delta, at) => (
              <Table.Tr key={at} fw={at === 0 ? 600 : undefined}>
                <Table.Th scope="row" fw="inherit">
                  {delta.name}
                </Table.Th>
                {cells(delta).map((value, column) => (
                  <Table.Td key={column} ta="right">
                    {value}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
    </Fragment>
  );
}
