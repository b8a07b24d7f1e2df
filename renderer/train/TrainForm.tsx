import { Button, Group, NumberInput, Select, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { FormCard } from '../components/FormCard.tsx';
import { HardwareFields } from '../components/HardwareFields.tsx';
import { MoreOptions } from '../components/MoreOptions.tsx';
import { given, OptionalNumber, type Optional } from '../components/OptionalNumber.tsx';
import { PathField } from '../components/PathField.tsx';
import { useTranslation } from '../i18n/index.ts';
import { titled } from '../i18n/jobTitles.ts';
import { keptDraft } from '../state/draft.ts';
import { useNavigation } from '../state/navigation.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';

interface TrainDraft {
  readonly minutes: number | string;
  readonly architecture: string;
  readonly seed: Optional;
  readonly workers: Optional;
  readonly evaluateLimit: Optional;
}

const useTrainDraft = keptDraft<TrainDraft>({
  minutes: 3,
  architecture: '',
  seed: null,
  workers: null,
  evaluateLimit: null,
});

/** What to train, on what, for how long; and what most people leave as it is. */
export function TrainForm({ folded }: { readonly folded: boolean }): ReactNode {
  const { t, language } = useTranslation();
  const { client, boards, boardId, chooseBoard, dataset, chooseDataset, hardware, fail } = useStudio();
  const go = useNavigation((state) => state.go);
  const [{ minutes, architecture, seed, workers, evaluateLimit }, change] = useTrainDraft();
  const start = async (): Promise<void> => {
    const params = {
      kind: 'train' as const,
      dataset,
      boardId,
      minutes: Number(minutes),
      ...given('architecture', architecture),
      ...given('seed', seed),
      ...given('workers', workers),
      ...given('evaluateLimit', evaluateLimit),
      ...hardwareOf({ hardware }, boardId),
    };
    const started = await client?.call('jobs.start', { params, ...titled(params, language) });
    if (started) go('train', started.runId);
  };
  return (
    <FormCard title={t('train.title')} folded={folded}>
      <Stack gap="xs">
        <Group align="end" gap="sm">
          <PathField
            label={t('train.dataset')}
            description={t('train.dataset.help')}
            value={dataset}
            onChange={chooseDataset}
            pattern={/\.(zip|csv|bin|gz)$/i}
            folders
            extensions={['zip', 'csv']}
          />
          <Select
            label={t('board.chip')}
            data={boards.map(({ id, name }) => ({ value: id, label: name }))}
            value={boardId}
            onChange={(value) => value !== null && chooseBoard(value)}
            searchable
            allowDeselect={false}
            w={240}
          />
          <NumberInput
            label={t('train.minutes')}
            value={minutes}
            onChange={(minutes) => change({ minutes })}
            min={0.1}
            max={10_000}
            w={110}
          />
          <Button onClick={() => void start().catch(fail)} disabled={dataset === '' || !(Number(minutes) > 0)}>
            {t('train.start')}
          </Button>
        </Group>
        <MoreOptions>
          <Stack gap="sm">
            <Group align="start" gap="sm">
              <PathField
                label={t('options.architecture')}
                description={t('options.architecture.help')}
                value={architecture}
                onChange={(architecture) => change({ architecture })}
                pattern={/\.json$/i}
                extensions={['json']}
              />
              <OptionalNumber
                label={t('options.evaluate')}
                description={t('options.evaluate.help')}
                value={evaluateLimit}
                onChange={(evaluateLimit) => change({ evaluateLimit })}
              />
              <OptionalNumber
                label={t('options.seed')}
                description={t('options.seed.help')}
                value={seed}
                onChange={(seed) => change({ seed })}
                min={0}
              />
              <OptionalNumber
                label={t('options.workers')}
                description={t('options.workers.help')}
                value={workers}
                onChange={(workers) => change({ workers })}
                width={210}
              />
            </Group>
            <HardwareFields boardId={boardId} />
          </Stack>
        </MoreOptions>
      </Stack>
    </FormCard>
  );
}
