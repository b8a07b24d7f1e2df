import { Button, Group, Select } from '@mantine/core';
import type { ReactNode } from 'react';
import { splitNames, type SplitName } from '../../main/contract/index.ts';
import { given, OptionalNumber, type Optional } from '../components/OptionalNumber.tsx';
import { PathField } from '../components/PathField.tsx';
import { useTranslation } from '../i18n/index.ts';
import { keptDraft } from '../state/draft.ts';
import { useStudio } from '../state/studio.ts';

interface Wish {
  readonly dataset: string;
  readonly split: SplitName;
  readonly limit?: number;
}

interface JudgeProps {
  readonly model: string;
  readonly onJudge: (wish: Wish) => void;
}

const useJudgeDraft = keptDraft<Pick<Wish, 'split'> & { readonly limit: Optional }>({ split: 'test', limit: null });

/** Which samples a model is judged on, on the board. */
export function Judge({ model, onJudge }: JudgeProps): ReactNode {
  const { t } = useTranslation();
  const { dataset, chooseDataset } = useStudio();
  const [{ split, limit }, change] = useJudgeDraft();
  return (
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
        label={t('data.split')}
        data={splitNames.map((value) => ({ value, label: t(`split.${value}`) }))}
        value={split}
        onChange={(value) => value !== null && change({ split: value as SplitName })}
        allowDeselect={false}
        w={140}
      />
      <OptionalNumber
        label={t('options.samples')}
        description={t('options.samples.help')}
        value={limit}
        onChange={(limit) => change({ limit })}
      />
      <Button
        variant="default"
        disabled={model === '' || dataset === ''}
        onClick={() => onJudge({ dataset, split, ...given('limit', limit) })}
      >
        {t('judge.start')}
      </Button>
    </Group>
  );
}
