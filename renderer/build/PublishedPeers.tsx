import { Box, Card, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Report } from '../../main/contract/index.ts';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';

const plainName = (name: string): string => name.replace(/\.(tflite|onnx)$/i, '').toLowerCase();

/** What others have published for the model of this run, in clock cycles beside ours; nothing where nobody has. */
export function PublishedPeers({ report }: { readonly report: Report }): ReactNode {
  const { t, milliseconds } = useTranslation();
  const [loaded] = useCall((client, signal) => client.call('references.list', {}, { signal }), []);
  const { profile, board, model } = report;
  if (loaded.state !== 'ready' || profile === null || profile.cycles === null) return null;
  const peers = loaded.value
    .filter((each) => each.megacycles !== null && plainName(each.model) === plainName(model.name))
    // The same core first: cycles of another one say less.
    .sort((a, b) => Number(b.core === board.core) - Number(a.core === board.core));
  if (peers.length === 0) return null;
  const ours = {
    name: `${t('peers.ours')}, ${board.name}`,
    core: board.core,
    megacycles: profile.cycles / 1e6,
    ms: profile.latencyMs,
    note: t(profile.estimated ? 'layers.estimated' : 'layers.measured'),
    own: true,
  };
  const rows = [
    ours,
    ...peers.map(({ engine, board: chip, core, megacycles, latencyMs, source }) => ({
      name: `${engine}, ${chip}`,
      core,
      megacycles: megacycles ?? 0,
      ms: latencyMs,
      note: `${t('peers.published')}: ${source}`,
      own: false,
    })),
  ];
  const most = Math.max(...rows.map(({ megacycles }) => megacycles));
  return (
    <Card withBorder component="section" aria-label={t('peers.title')} padding="sm">
      <Title order={3} size="h5">
        {t('peers.title')}
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {t('peers.note')}
      </Text>
      {rows.map(({ name, core, megacycles, ms, note, own }) => (
        <Group key={`${name} ${note}`} gap="xs" wrap="nowrap" title={note} py={1}>
          <Text size="xs" w={320} truncate fs={own ? undefined : 'italic'} fw={own ? 600 : undefined}>
            {name} · {core}
          </Text>
          <Box style={{ flex: 1, height: 12 }}>
            <Box
              style={{
                width: `${(100 * megacycles) / most}%`,
                height: '100%',
                borderRadius: 2,
                background: own ? 'var(--chart-series-1)' : 'var(--chart-broken)',
              }}
            />
          </Box>
          <Text size="xs" w={270} truncate>
            {megacycles.toFixed(2)} {t('peers.megacycles')}
            {ms === null ? '' : `, ${milliseconds(ms)}`} · {note}
          </Text>
        </Group>
      ))}
    </Card>
  );
}
