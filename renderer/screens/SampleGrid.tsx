import { Button, Card, Group, Select, Stack, Text, Title } from '@mantine/core';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { splitNames, type SplitName } from '../../main/contract/index.ts';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useCall } from '../components/useCall.ts';
import { useTranslation } from '../i18n/index.ts';

const pageSize = 48;

interface SampleGridProps {
  readonly spec: string;
  readonly classes: readonly string[];
}

/** The samples of one split, of one class or of all, a page at a time. */
export function SampleGrid({ spec, classes }: SampleGridProps): ReactNode {
  const { t, count } = useTranslation();
  const [split, setSplit] = useState<SplitName>('train');
  const [label, setLabel] = useState<string>('');
  const [offset, setOffset] = useState(0);
  const [loaded] = useCall(
    (client, signal) => {
      const ofClass = label === '' ? {} : { label: Number(label) };
      return client.call('datasets.samples', { spec, split, ...ofClass, offset, limit: pageSize }, { signal });
    },
    [spec, split, label, offset],
  );
  const total = loaded.state === 'ready' ? loaded.value.total : 0;
  const last = Math.min(total, offset + pageSize);
  return (
    <Card withBorder component="section" aria-label={t('data.samples')}>
      <Group justify="space-between" align="end" mb="sm">
        <Title order={3} size="h5">
          {t('data.samples')}
        </Title>
        <Group gap="xs" align="end">
          <Select
            size="xs"
            label={t('data.split')}
            data={splitNames.map((value) => ({ value, label: t(`split.${value}`) }))}
            value={split}
            onChange={(value) => {
              if (value !== null) setSplit(value as SplitName);
              setOffset(0);
            }}
            allowDeselect={false}
          />
          <Select
            size="xs"
            label={t('data.class')}
            data={[
              { value: '', label: t('data.class.all') },
              ...classes.map((name, i) => ({ value: String(i), label: name })),
            ]}
            value={label}
            onChange={(value) => {
              setLabel(value ?? '');
              setOffset(0);
            }}
            allowDeselect={false}
          />
          <Button
            size="xs"
            variant="default"
            disabled={offset === 0}
            onClick={() => setOffset(Math.max(0, offset - pageSize))}
          >
            {t('page.back')}
          </Button>
          <Text size="xs">
            {t('page.range', { from: total === 0 ? 0 : offset + 1, to: last, total: count(total) })}
          </Text>
          <Button size="xs" variant="default" disabled={last >= total} onClick={() => setOffset(offset + pageSize)}>
            {t('page.next')}
          </Button>
        </Group>
      </Group>
      {loaded.state === 'loading' && <Text role="status">{t('loading')}</Text>}
      {loaded.state === 'failed' && <ErrorCard error={loaded.error} />}
      {loaded.state === 'ready' && (
        <Group gap="xs" align="start">
          {loaded.value.samples.map((sample) => (
            <Sample key={sample.id} id={sample.id} png={sample.png} name={classes[sample.label] ?? ''} />
          ))}
        </Group>
      )}
    </Card>
  );
}

function Sample({
  id,
  png,
  name,
}: {
  readonly id: string;
  readonly png: Uint8Array;
  readonly name: string;
}): ReactNode {
  const url = useMemo(() => URL.createObjectURL(new Blob([png.slice()], { type: 'image/png' })), [png]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return (
    <Stack gap={2} w={76} title={id}>
      <img src={url} alt={name} width={72} height={72} style={{ objectFit: 'contain', imageRendering: 'pixelated' }} />
      <Text size="xs" truncate>
        {name}
      </Text>
    </Stack>
  );
}
