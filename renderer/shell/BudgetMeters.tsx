import { Box, Group, Text, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';
import type { RunRecord } from '../../main/contract/index.ts';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { currentJob, useStudio } from '../state/studio.ts';

/** How much of the board the run at hand takes, or else the last one that was built for it. */
export function BudgetMeters(): ReactNode {
  const { t, bytes, milliseconds } = useTranslation();
  const { boards, boardId, runsVersion } = useStudio();
  const running = useStudio((state) => currentJob(state.jobs)?.runId ?? null);
  const [loaded] = useCall(
    async (client, signal): Promise<RunRecord | null> => {
      const newest = async (): Promise<string | undefined> => {
        const { runs } = await client.call('runs.list', { boardId, sortBy: 'createdAt', limit: 20 }, { signal });
        return runs.find(({ figures }) => figures.flashBytes !== null)?.id;
      };
      const id = running ?? (await newest());
      return id === undefined ? null : client.call('runs.get', { id }, { signal });
    },
    [boardId, running],
    runsVersion,
  );
  const board = boards.find(({ id }) => id === boardId);
  if (board === undefined) return null;
  const run = loaded.state === 'ready' ? loaded.value : null;
  const estimated = run !== null && run.figures.latencyMs !== null && run.figures.latencyEstimated !== false;
  const limit = (name: string): number | null => {
    const given = run?.params[name];
    return typeof given === 'number' ? given : null;
  };
  return (
    <Group gap={8} wrap="nowrap" role="group" aria-label={t('meter.label')}>
      <Meter
        name="SRAM"
        used={run?.figures.sramBytes ?? null}
        most={limit('sramBytes') ?? board.sramBytes}
        format={bytes}
      />
      <Meter
        name="Flash"
        used={run?.figures.flashBytes ?? null}
        most={limit('flashBytes') ?? board.flashBytes}
        format={bytes}
      />
      <Meter
        name={t('meter.latency')}
        {...(estimated && { spoken: t('figure.latency.estimated'), mark: '~' })}
        used={run?.figures.latencyMs ?? null}
        most={limit('latencyMs')}
        format={milliseconds}
      />
    </Group>
  );
}

interface MeterProps {
  readonly name: string;
  /** Its whole name, where there is no room for that. */
  readonly spoken?: string;
  /** Stands before the figure. */
  readonly mark?: string;
  readonly used: number | null;
  /** Null where there is no limit: then the figure alone is shown. */
  readonly most: number | null;
  readonly format: (value: number) => string;
}

function Meter({ name, spoken = name, mark = '', used, most, format }: MeterProps): ReactNode {
  const { t } = useTranslation();
  const over = used !== null && most !== null && used > most;
  const share = used === null || most === null ? 0 : Math.min(1, used / most);
  const text =
    used === null
      ? most === null
        ? t('meter.none')
        : t('meter.of', { used: t('meter.none'), most: format(most) })
      : most === null
        ? format(used)
        : t('meter.of', { used: format(used), most: format(most) });
  return (
    <Tooltip
      label={over ? t('meter.over', { what: spoken, used: format(used), most: format(most) }) : `${spoken}: ${text}`}
    >
      <Box
        miw={84}
        role="meter"
        aria-label={spoken}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
        aria-valuetext={text}
        tabIndex={0}
      >
        <Text fz={10} lh={1.2} style={{ whiteSpace: 'nowrap' }}>
          {name} {used === null ? t('meter.none') : `${mark}${format(used)}`}
        </Text>
        <Box h={5} mt={3} style={{ background: 'var(--chart-grid)', borderRadius: 3 }}>
          <Box
            h={5}
            style={{
              width: `${100 * share}%`,
              background: over ? 'var(--chart-limit)' : 'var(--chart-fits)',
              borderRadius: 3,
            }}
          />
        </Box>
      </Box>
    </Tooltip>
  );
}
