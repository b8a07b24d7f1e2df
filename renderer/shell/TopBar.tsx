import { ActionIcon, Badge, Box, Button, Group, Menu, Progress, Text, Title, Tooltip } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { BoardSummary, Job, NetworkUse } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { progressSaid } from '../i18n/stages.ts';
import { ProjectMenu } from '../project/ProjectMenu.tsx';
import { useNavigation } from '../state/navigation.ts';
import { currentJob, useStudio } from '../state/studio.ts';
import { BudgetMeters } from './BudgetMeters.tsx';

/** Always visible: which board, how much of it is used, what is being done. */
export function TopBar({ onPalette }: { readonly onPalette: () => void }): ReactNode {
  const { t } = useTranslation();
  const jobs = useStudio((state) => state.jobs);
  const job = currentJob(jobs);
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="sm">
      <Box style={{ flexShrink: 0 }}>
        <Title order={1} fz={15} lh={1.2} style={{ whiteSpace: 'nowrap' }}>
          {t('app.name')}
        </Title>
        <ProjectMenu />
      </Box>
      <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
        {job && <JobChip job={job} />}
        <BudgetMeters />
        <BoardChip busy={job !== null} />
        <OfflineBadge />
        <Button
          size="compact-sm"
          variant="default"
          onClick={onPalette}
          aria-keyshortcuts="Control+K"
          style={{ flexShrink: 0 }}
        >
          Ctrl+K
        </Button>
      </Group>
    </Group>
  );
}

/** How often it is asked whether anything went to another machine. */
const networkEveryMs = 5000;

/** Says that nothing leaves this computer, and counts what tried to. */
function OfflineBadge(): ReactNode {
  const { t } = useTranslation();
  const client = useStudio((state) => state.client);
  const [network, setNetwork] = useState<NetworkUse | null>(null);
  useEffect(() => {
    if (client === null) return undefined;
    const look = (): void =>
      void client.call('system.info', {}).then(
        (info) => setNetwork(info.network),
        // The connection is gone: the page says so by itself.
        () => undefined,
      );
    look();
    const timer = setInterval(look, networkEveryMs);
    return () => clearInterval(timer);
  }, [client]);
  const foreign = network?.foreign ?? 0;
  const latest = network?.latest.map(({ what }) => what).join(', ') ?? '';
  return (
    <Tooltip
      multiline
      maw={360}
      label={`${t('offline.explained')} ${t('offline.count', { count: foreign })} ${latest}`.trim()}
    >
      <Badge
        variant="outline"
        color={foreign > 0 ? 'red' : 'gray'}
        tt="none"
        tabIndex={0}
        style={{ flexShrink: 0 }}
        styles={{ label: { color: 'var(--mantine-color-text)' } }}
      >
        {t('offline.badge')} · {foreign}
      </Badge>
    </Tooltip>
  );
}

type BoardState = 'ready' | 'busy' | 'blocked' | 'virtual';

const stateOf = (board: BoardSummary | undefined, busy: boolean): BoardState => {
  if (busy) return 'busy';
  if (board?.virtual) return 'virtual';
  // One that nothing can open is no more ready than one that is not there.
  return board?.connected.some(({ problem }) => problem === null) ? 'ready' : 'blocked';
};

const dots: Record<BoardState, string> = {
  ready: 'var(--chart-fits)',
  busy: 'var(--chart-series-2)',
  blocked: 'var(--chart-limit)',
  virtual: 'var(--chart-series-3)',
};

function BoardChip({ busy }: { readonly busy: boolean }): ReactNode {
  const { t, bytes } = useTranslation();
  const { boards, boardId, chooseBoard } = useStudio();
  const { go } = useNavigation();
  const board = boards.find(({ id }) => id === boardId);
  const state = stateOf(board, busy);
  const connected = boards.filter((b) => b.connected.length > 0 && !b.virtual);
  const virtual = boards.filter((b) => b.virtual);
  const others = boards.filter((b) => !b.virtual && b.connected.length === 0);
  const item = (b: BoardSummary): ReactNode => (
    <Menu.Item key={b.id} onClick={() => chooseBoard(b.id)} rightSection={<Text size="xs">{bytes(b.sramBytes)}</Text>}>
      {b.name}
    </Menu.Item>
  );
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`${t('board.chip')}: ${board?.name ?? boardId}, ${t(`board.state.${state}`)}`}
          leftSection={
            <span aria-hidden="true" style={{ width: 8, height: 8, borderRadius: 4, background: dots[state] }} />
          }
          styles={{
            root: { minWidth: 0, flexShrink: 1 },
            label: { maxWidth: 320, display: 'flex' },
          }}
        >
          <Text component="span" inherit truncate style={{ minWidth: 0 }}>
            {board?.name ?? boardId}
          </Text>
          <span style={{ whiteSpace: 'pre' }}> · {t(`board.state.${state}`)}</span>
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        {connected.length > 0 && <Menu.Label>{t('board.connected')}</Menu.Label>}
        {connected.map(item)}
        <Menu.Label>{t('board.virtual')}</Menu.Label>
        {virtual.map(item)}
        <Menu.Label>{t('board.others')}</Menu.Label>
        {others.map(item)}
        <Menu.Divider />
        <Menu.Item onClick={() => go('board')}>{t('board.open')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function JobChip({ job }: { readonly job: Job }): ReactNode {
  const translation = useTranslation();
  const { t } = translation;
  const client = useStudio((state) => state.client);
  const fail = useStudio((state) => state.fail);
  const { progress } = job;
  const share = progress?.total ? (100 * progress.done) / progress.total : null;
  return (
    <Group gap={6} wrap="nowrap" role="status" aria-label={t('job.chip')} style={{ flexShrink: 0 }}>
      <Box miw={120} fz={11} lh={1.3}>
        {/* As wide as the line below, which is never cut. */}
        <Group gap={6} wrap="nowrap" style={{ width: 0, minWidth: '100%' }}>
          <Text inherit truncate fw={600} style={{ flex: 1 }} title={job.title}>
            {job.title}
          </Text>
          {share !== null && <Text inherit>{Math.round(share)} %</Text>}
        </Group>
        {progress && (
          <Text inherit style={{ whiteSpace: 'nowrap' }}>
            {progressSaid(progress, translation)}
          </Text>
        )}
        <Progress value={share ?? 100} animated={share === null} size={4} mt={3} aria-label={t('job.progress')} />
      </Box>
      <ActionIcon
        size="sm"
        variant="default"
        aria-label={t('job.cancel')}
        title={t('job.cancel')}
        disabled={job.state === 'cancelling'}
        onClick={() => void client?.call('jobs.cancel', { runId: job.runId }).catch(fail)}
      >
        <span aria-hidden="true">✕</span>
      </ActionIcon>
    </Group>
  );
}
