import { Card, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Pixels } from '../components/Pixels.tsx';
import { useTranslation } from '../i18n/index.ts';
import type { Predictions as Heard } from '../state/studio.ts';

/** The same few samples after epoch upon epoch: what the network takes them for by now. */
export function Predictions({ heard }: { readonly heard: Heard }): ReactNode {
  const { t, count } = useTranslation();
  const { classes, samples, epoch } = heard;
  return (
    <Card withBorder component="section" aria-label={t('train.predictions')}>
      <Group justify="space-between" mb="xs">
        <Title order={3} size="h5">
          {t('train.predictions')}
        </Title>
        <Text size="xs" c="dimmed" role="status">
          {t('train.after', { epoch: count(epoch) })}
        </Text>
      </Group>
      <Group gap="xs" align="start">
        {samples.map(({ id, label, predicted, png }) => (
          <Stack key={id} gap={2} w={84}>
            <Pixels png={png} alt={classes[label] ?? ''} size={80} />
            <Text size="xs" fw={600} c={label === predicted ? 'var(--chart-fits)' : 'var(--chart-limit)'}>
              {label === predicted ? '✓' : '✗'} {classes[predicted]}
            </Text>
            {label !== predicted && <Text size="xs">{t('sample.is', { name: classes[label] ?? '' })}</Text>}
          </Stack>
        ))}
      </Group>
    </Card>
  );
}
