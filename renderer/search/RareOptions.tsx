import { Checkbox, Group, Select, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import type { BoardSummary, SearchParams } from '../../main/contract/index.ts';
import { OptionalNumber, type Optional } from '../components/OptionalNumber.tsx';
import { PathField } from '../components/PathField.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

/** What of a search most people leave as it is. */
export interface Options {
  readonly space: string;
  /** The folder of the finished search whose steps are followed; empty: none. */
  readonly repeat: string;
  readonly energyMicrojoules: Optional;
  readonly rows: boolean;
  /** What chooses among candidates before they are judged; empty: nothing. */
  readonly proxy: Proxy | '';
  readonly calibrate: boolean;
  readonly seed: Optional;
  readonly workers: Optional;
  readonly evaluateLimit: Optional;
}

export const usualOptions: Options = {
  space: '',
  repeat: '',
  energyMicrojoules: null,
  rows: false,
  proxy: '',
  calibrate: true,
  seed: null,
  workers: null,
  evaluateLimit: null,
};

export type Proxy = NonNullable<SearchParams['proxy']>;
const proxies: readonly Proxy[] = ['computations', 'gradient', 'saliency'];

interface RareOptionsProps {
  readonly board: BoardSummary;
  readonly options: Options;
  readonly onChange: (part: Partial<Options>) => void;
}

export function RareOptions({ board, options, onChange }: RareOptionsProps): ReactNode {
  const { t } = useTranslation();
  const energy = board.powerKnown ? t('options.energy.help') : t('options.energy.unknown');
  return (
    <Stack gap="sm">
      <Group align="start" gap="xl">
        <Checkbox
          label={t('options.calibrate')}
          description={t('options.calibrate.help')}
          checked={options.calibrate}
          onChange={(event) => onChange({ calibrate: event.currentTarget.checked })}
          maw={340}
        />
        <Checkbox
          label={t('options.rows')}
          description={t('options.rows.help')}
          checked={options.rows}
          onChange={(event) => onChange({ rows: event.currentTarget.checked })}
          maw={340}
        />
      </Group>
      <Group align="start" gap="sm">
        <OptionalNumber
          label={t('options.energy')}
          description={energy}
          value={board.powerKnown ? options.energyMicrojoules : null}
          onChange={(energyMicrojoules) => onChange({ energyMicrojoules })}
          decimals
          disabled={!board.powerKnown}
          width={240}
        />
        <OptionalNumber
          label={t('options.evaluate')}
          description={t('options.evaluate.help')}
          value={options.evaluateLimit}
          onChange={(evaluateLimit) => onChange({ evaluateLimit })}
        />
        <OptionalNumber
          label={t('options.seed')}
          description={t('options.seed.help')}
          value={options.seed}
          onChange={(seed) => onChange({ seed })}
          min={0}
        />
        <OptionalNumber
          label={t('options.workers')}
          description={t('options.workers.help')}
          value={options.workers}
          onChange={(workers) => onChange({ workers })}
          width={210}
        />
      </Group>
      <Group align="start" gap="sm">
        <PathField
          label={t('options.space')}
          description={t('options.space.help')}
          value={options.space}
          onChange={(space) => onChange({ space })}
          pattern={/\.json$/i}
          extensions={['json']}
        />
        <Select
          label={t('options.proxy')}
          description={t('options.proxy.help')}
          data={[
            { value: '', label: t('options.proxy.none') },
            ...proxies.map((proxy) => ({ value: proxy, label: t(`options.proxy.${proxy}`) })),
          ]}
          value={options.proxy}
          onChange={(value) => onChange({ proxy: proxies.find((proxy) => proxy === value) ?? '' })}
          allowDeselect={false}
          w={300}
        />
        <Repeat folder={options.repeat} onChange={(repeat) => onChange({ repeat })} />
      </Group>
    </Stack>
  );
}

/** A finished search of the workspace to repeat step by step. */
function Repeat({
  folder,
  onChange,
}: {
  readonly folder: string;
  readonly onChange: (folder: string) => void;
}): ReactNode {
  const { t, time } = useTranslation();
  const version = useStudio((state) => state.runsVersion);
  const [loaded] = useCall(
    async (client, signal) => {
      const [{ workspace }, { runs }] = await Promise.all([
        client.call('system.info', {}, { signal }),
        client.call('runs.list', { kinds: ['search'], states: ['done'], limit: 100 }, { signal }),
      ]);
      return runs.map(({ id, title, createdAt }) => ({
        value: `${workspace}/runs/${id}`,
        label: `${title} · ${time(createdAt)}`,
      }));
    },
    [],
    version,
  );
  const finished = loaded.state === 'ready' ? loaded.value : [];
  return (
    <Select
      label={t('options.repeat')}
      description={t('options.repeat.help')}
      data={[{ value: '', label: t('options.repeat.none') }, ...finished]}
      value={folder}
      onChange={(value) => onChange(value ?? '')}
      allowDeselect={false}
      w={420}
    />
  );
}
