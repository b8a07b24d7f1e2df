import { Button, Card, Group, MultiSelect, NumberInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { mostLabCells, type LabMatrix } from '../../main/contract/index.ts';
import { FileListField } from '../components/FileListField.tsx';
import { PathField } from '../components/PathField.tsx';
import { saveFile } from '../components/saveFile.ts';
import { useTranslation } from '../i18n/index.ts';
import { titled } from '../i18n/jobTitles.ts';
import { useNavigation } from '../state/navigation.ts';
import { hardwareOf, useStudio } from '../state/studio.ts';
import { cellCount, draftOf, emptyDraft, matrixOf, reconciled, type MatrixDraft } from './labMatrix.ts';
import { LabPreflight } from './LabPreflight.tsx';

const everyOption = (['auto', 'layers', 'stream'] as const).flatMap((plan) =>
  (['-Os', '-O1', '-O2', '-O3', '-Ofast'] as const).map((optimization) => ({ plan, optimization })),
);
const nameOf = ({ plan, optimization }: (typeof everyOption)[number]): string => `${plan} ${optimization}`;

/** Puts a matrix together, checks it, and starts its session. What was put together is kept between visits. */
export function LabForm(): ReactNode {
  const { t, language } = useTranslation();
  const { client, fail } = useStudio();
  const go = useNavigation((state) => state.go);
  const [draft, setDraft] = useLocalStorage<MatrixDraft>({
    key: 'lab-matrix',
    defaultValue: emptyDraft,
    getInitialValueInEffect: false,
  });
  const [checked, setChecked] = useState<{ readonly matrix: LabMatrix; readonly turn: number } | null>(null);
  const change = (part: Partial<MatrixDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const count = cellCount(draft);
  const ready = count > 0 && count <= mostLabCells;
  const start = async (): Promise<void> => {
    const params = { kind: 'bench', matrix: matrixOf(draft) } as const;
    const started = await client?.call('jobs.start', { params, ...titled(params, language) });
    if (started) go('lab', started.runId);
  };
  return (
    <Card withBorder component="section" aria-label={t('lab.title')}>
      <Title order={2} size="h4">
        {t('lab.title')}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t('lab.explained')}
      </Text>
      <Stack gap="md">
        <Models models={draft.models} onChange={(models) => change({ models })} />
        <Axes draft={draft} onChange={change} />
        <ProtocolFields
          draft={draft}
          onChange={change}
          onLeave={(name) => setDraft((before) => ({ ...before, protocol: reconciled(before.protocol, name) }))}
        />
        <Group gap="sm">
          <Button
            variant="default"
            disabled={!ready}
            onClick={() => setChecked({ matrix: matrixOf(draft), turn: (checked?.turn ?? 0) + 1 })}
          >
            {t('lab.check')}
          </Button>
          <Button disabled={!ready} onClick={() => void start().catch(fail)}>
            {t('lab.start', { count })}
          </Button>
          <Button
            variant="default"
            disabled={!ready}
            onClick={() => saveFile('MATRIX.json', 'application/json', JSON.stringify(matrixOf(draft), null, 2))}
          >
            {t('lab.save')}
          </Button>
          <OpenMatrix onOpen={(matrix) => setDraft(draftOf(matrix))} />
        </Group>
        {count > mostLabCells && <Text size="sm">{t('lab.too-many', { count, most: mostLabCells })}</Text>}
        {checked !== null && <LabPreflight key={checked.turn} matrix={checked.matrix} />}
      </Stack>
    </Card>
  );
}

interface ModelsProps {
  readonly models: readonly string[];
  readonly onChange: (models: string[]) => void;
}

function Models({ models, onChange }: ModelsProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Stack gap={4}>
      <FileListField
        label={t('lab.model.add')}
        files={models}
        onChange={onChange}
        pattern={/\.(tflite|onnx)$/i}
        extensions={['tflite', 'onnx']}
      />
      {models.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('lab.models.none')}
        </Text>
      )}
    </Stack>
  );
}

interface FieldsProps {
  readonly draft: MatrixDraft;
  readonly onChange: (part: Partial<MatrixDraft>) => void;
}

function Axes({ draft, onChange }: FieldsProps): ReactNode {
  const { t } = useTranslation();
  const { boards, hardware } = useStudio();
  const { boards: chosen } = draft;
  return (
    <Group align="start" gap="sm">
      <MultiSelect
        label={t('lab.boards')}
        data={boards.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen.map(({ id }) => id)}
        // A board that came from a file keeps its probe and its port; another has those that were chosen for it by hand.
        onChange={(ids) =>
          onChange({
            boards: ids.map((id) => chosen.find((board) => board.id === id) ?? { id, ...hardwareOf({ hardware }, id) }),
          })
        }
        searchable
        w={380}
      />
      <MultiSelect
        label={t('lab.options')}
        data={everyOption.map((option) => ({
          value: nameOf(option),
          label: `${t(`plan.${option.plan}`)}, ${option.optimization}`,
        }))}
        value={draft.options.map(nameOf)}
        onChange={(names) => onChange({ options: everyOption.filter((option) => names.includes(nameOf(option))) })}
        searchable
        w={380}
      />
    </Group>
  );
}

interface ProtocolProps extends FieldsProps {
  /** A number was typed: what does not go with it may change now, and not while keys are pressed. */
  readonly onLeave: (name: keyof MatrixDraft['protocol']) => void;
}

function ProtocolFields({ draft, onChange, onLeave }: ProtocolProps): ReactNode {
  const { t } = useTranslation();
  const { protocol } = draft;
  const field = (name: keyof typeof protocol, label: string, min: number): ReactNode => (
    <NumberInput
      label={label}
      value={protocol[name]}
      min={min}
      max={name === 'withinPercent' ? 100 : 1000}
      allowDecimal={name === 'withinPercent'}
      w={140}
      onChange={(value) =>
        typeof value === 'number' && value >= min && onChange({ protocol: { ...protocol, [name]: value } })
      }
      onBlur={() => onLeave(name)}
    />
  );
  return (
    <Group align="end" gap="sm">
      {field('warmup', t('lab.protocol.warmup'), 0)}
      {field('least', t('lab.protocol.least'), 2)}
      {field('most', t('lab.protocol.most'), 2)}
      {field('withinPercent', t('lab.protocol.within'), 0.01)}
      <TextInput
        label={t('lab.dataset')}
        value={draft.dataset}
        onChange={(event) => onChange({ dataset: event.currentTarget.value })}
        w={260}
      />
      {draft.dataset !== '' && (
        <NumberInput
          label={t('lab.samples')}
          value={draft.evaluateLimit}
          min={1}
          w={120}
          onChange={(value) => typeof value === 'number' && value > 0 && onChange({ evaluateLimit: value })}
        />
      )}
    </Group>
  );
}

/** A matrix that stands in a file. */
function OpenMatrix({ onOpen }: { readonly onOpen: (matrix: LabMatrix) => void }): ReactNode {
  const { t } = useTranslation();
  const { client, fail } = useStudio();
  const [path, setPath] = useState('');
  const open = (file: string): void => {
    setPath(file);
    if (/\.json$/i.test(file)) void client?.call('lab.read', { path: file }).then(onOpen).catch(fail);
  };
  return <PathField label={t('lab.open')} value={path} onChange={open} pattern={/\.json$/i} extensions={['json']} />;
}
