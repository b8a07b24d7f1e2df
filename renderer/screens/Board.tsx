import { Badge, Button, Card, Group, Select, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { BoardSummary, Finding } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { Figure } from '../components/Figure.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

/** The chosen board: what it is, what it holds, where it is plugged in; and whether this computer can reach it. */
export default function Board(): ReactNode {
  const { t } = useTranslation();
  const { boards, boardId, chooseBoard } = useStudio();
  const board = boards.find(({ id }) => id === boardId);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="end">
        <Title order={2} size="h4">
          {board?.name ?? boardId}
        </Title>
        <Select
          label={t('board.choose')}
          data={boards.map(({ id, name }) => ({ value: id, label: name }))}
          value={boardId}
          onChange={(value) => value !== null && chooseBoard(value)}
          searchable
          allowDeselect={false}
          w={280}
        />
      </Group>
      {board && <Identity board={board} />}
      <Doctor />
    </Stack>
  );
}

function Identity({ board }: { readonly board: BoardSummary }): ReactNode {
  const { t, bytes, count } = useTranslation();
  return (
    <Stack>
      {!board.virtual && board.connected.length === 0 && (
        <ErrorCard
          error={{
            code: 'probe.not-found',
            message: t('board.none.message', { board: board.name }),
            remedy: t('board.none.remedy'),
            details: { probes: board.probes },
          }}
        />
      )}
      <SimpleGrid cols={{ base: 2, md: 4 }}>
        <Figure label={t('board.mcu')} value={board.mcu} note={board.core} />
        <Figure label={t('board.clock')} value={`${count(board.clockHz / 1e6)} MHz`} />
        <Figure label="SRAM" value={bytes(board.sramBytes)} />
        <Figure label="Flash" value={bytes(board.flashBytes)} />
      </SimpleGrid>
      <Card withBorder>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('linked.region')}</Table.Th>
              <Table.Th>{t('board.start')}</Table.Th>
              <Table.Th ta="right">{t('memory.bytes')}</Table.Th>
              <Table.Th>{t('board.activations')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {board.memory.map((region) => (
              <Table.Tr key={region.name}>
                <Table.Td>{region.name}</Table.Td>
                <Table.Td ff="monospace">0x{region.start.toString(16).padStart(8, '0')}</Table.Td>
                <Table.Td ta="right">{bytes(region.sizeBytes)}</Table.Td>
                <Table.Td>{t(region.activations ? 'pareto.fits.yes' : 'pareto.fits.no')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Card>
      {board.connected.map(({ selector, serialPath }) => (
        <Text key={selector} size="sm">
          {t('board.at', { selector, port: serialPath ?? '–' })}
        </Text>
      ))}
      {board.doubts.map((doubt) => (
        <Text key={doubt} size="sm" c="dimmed">
          {t('board.doubt')}: {doubt}
        </Text>
      ))}
    </Stack>
  );
}

const colours: Record<Finding['state'], string> = { ok: 'green', warning: 'yellow', missing: 'red' };

/** What this computer lacks, found by trying it. */
function Doctor(): ReactNode {
  const { t } = useTranslation();
  const [loaded, again] = useCall((client, signal) => client.call('doctor.check', {}, { signal }), []);
  return (
    <Card withBorder component="section" aria-label={t('doctor.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          {t('doctor.title')}
        </Title>
        <Button size="xs" variant="default" onClick={again}>
          {t('doctor.again')}
        </Button>
      </Group>
      {loaded.state === 'loading' && <Text role="status">{t('loading')}</Text>}
      {loaded.state === 'failed' && <ErrorCard error={loaded.error} />}
      {loaded.state === 'ready' && (
        <Stack gap="xs">
          {loaded.value.map((finding) => (
            <Group key={finding.id} align="start" wrap="nowrap">
              <Badge
                color={colours[finding.state]}
                variant="light"
                tt="none"
                w={90}
                styles={{ label: { color: 'var(--mantine-color-text)' } }}
              >
                {t(`finding.${finding.state}`)}
              </Badge>
              <Stack gap={0}>
                <Text size="sm" fw={600}>
                  {finding.title} {finding.version ?? ''}
                </Text>
                <Text size="sm">{finding.detail}</Text>
                {finding.remedy !== null && <Text size="sm">{finding.remedy}</Text>}
              </Stack>
            </Group>
          ))}
        </Stack>
      )}
    </Card>
  );
}
