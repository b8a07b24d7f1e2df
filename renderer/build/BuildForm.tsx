import { Button, Group, Select, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import {
  inputModeSchema,
  optimizationSchema,
  planChoiceSchema,
  type InputMode,
  type JobParams,
  type Optimization,
  type PlanChoice,
} from '../../main/contract/index.ts';
import { FileListField } from '../components/FileListField.tsx';
import { FormCard } from '../components/FormCard.tsx';
import { HardwareFields } from '../components/HardwareFields.tsx';
import { MoreOptions } from '../components/MoreOptions.tsx';
import { PathField } from '../components/PathField.tsx';
import { useTranslation } from '../i18n/index.ts';
import { titled } from '../i18n/jobTitles.ts';
import { keptDraft } from '../state/draft.ts';
import { useNavigation } from '../state/navigation.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';
import { ExportModel } from './ExportModel.tsx';
import { Interpret } from './Interpret.tsx';
import { Judge } from './Judge.tsx';

interface BuildFormProps {
  readonly model: string;
  readonly onModel: (path: string) => void;
  readonly folded: boolean;
}

interface BuildDraft {
  readonly plan: PlanChoice;
  readonly inputMode: InputMode;
  readonly optimization: Optimization;
  readonly inputs: readonly string[];
}

const useBuildDraft = keptDraft<BuildDraft>({ plan: 'auto', inputMode: 'whole', optimization: '-O3', inputs: [] });

/** A model, a board, a way to build; and what can be done with a model besides. */
export function BuildForm({ model, onModel, folded }: BuildFormProps): ReactNode {
  const { t, language } = useTranslation();
  const go = useNavigation((state) => state.go);
  const { client, boardId, boards, hardware, fail } = useStudio();
  const [{ plan, inputMode, optimization, inputs }, change] = useBuildDraft();
  const board = boards.find(({ id }) => id === boardId);
  const name = board?.name ?? boardId;
  const how = { plan, inputMode, optimization };
  const start = (params: JobParams): void => {
    const begin = async (): Promise<void> => {
      const started = await client?.call('jobs.start', { params, ...titled(params, language) });
      if (started) go('build', started.runId);
    };
    void begin().catch(fail);
  };
  const subject = { model, boardId, ...how };
  const chosen = hardwareOf({ hardware }, boardId);
  return (
    <FormCard title={t('build.title')} folded={folded}>
      <Stack gap="xs">
        <Group align="end" gap="sm">
          <PathField
            label={t('build.model')}
            value={model}
            onChange={onModel}
            pattern={/\.(tflite|onnx)$/i}
            extensions={['tflite', 'onnx']}
          />
          <Select
            label={t('build.plan')}
            data={planChoiceSchema.options.map((value) => ({ value, label: t(`plan.${value}`) }))}
            value={plan}
            onChange={(value) => value !== null && change({ plan: value as PlanChoice })}
            allowDeselect={false}
            w={220}
          />
          <Button
            onClick={() =>
              start({
                kind: 'profile',
                ...subject,
                ...(inputs.length === 0 ? {} : { inputs: [...inputs] }),
                ...chosen,
              })
            }
            disabled={model === ''}
          >
            {t('build.flash', { board: name })}
          </Button>
          <Button variant="default" onClick={() => start({ kind: 'build', ...subject })} disabled={model === ''}>
            {t('build.only')}
          </Button>
        </Group>
        <MoreOptions>
          <Stack gap="sm">
            <Group align="start" gap="sm">
              <Select
                label={t('options.input')}
                data={inputModeSchema.options.map((value) => ({ value, label: t(`options.input.${value}`) }))}
                value={inputMode}
                onChange={(value) => value !== null && change({ inputMode: value as InputMode })}
                allowDeselect={false}
                w={200}
              />
              <Select
                label={t('options.optimization')}
                data={[...optimizationSchema.options]}
                value={optimization}
                onChange={(value) => value !== null && change({ optimization: value as Optimization })}
                allowDeselect={false}
                w={120}
              />
            </Group>
            <FileListField
              label={t('options.raw')}
              description={t('options.raw.help')}
              files={inputs}
              onChange={(inputs) => change({ inputs })}
              pattern={/./}
              extensions={['bin']}
            />
            <HardwareFields boardId={boardId} />
          </Stack>
        </MoreOptions>
        <MoreOptions title={t('judge.title')}>
          <Judge model={model} onJudge={(wish) => start({ kind: 'evaluate', ...subject, ...wish, ...chosen })} />
        </MoreOptions>
        <MoreOptions title={t('export.title')}>
          <ExportModel model={model} boardId={boardId} board={name} plan={plan} input={inputMode} />
        </MoreOptions>
        <MoreOptions title={t('interpret.title')}>
          <Interpret model={model} />
        </MoreOptions>
      </Stack>
    </FormCard>
  );
}
