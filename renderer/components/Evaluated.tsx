import { Group, Image, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Evaluation } from '../../main/contract/index.ts';
import { ConfusionMatrix } from '../charts/ConfusionMatrix.tsx';
import { useTranslation } from '../i18n/index.ts';

/** What the board said of test samples: of a few of them, and how often it took each class for which. */
export function Evaluated({ evaluation }: { readonly evaluation: Evaluation }): ReactNode {
  const { t } = useTranslation();
  return (
    <Stack gap="lg">
      <Group gap="xs" align="start">
        {evaluation.shown.map((sample) => (
          <Stack key={sample.id} gap={2} w={84}>
            {sample.png !== null && (
              <Image
                src={`data:image/png;base64,${sample.png}`}
                alt={evaluation.classes[sample.label]}
                w={80}
                h={80}
                fit="contain"
                style={{ imageRendering: 'pixelated' }}
              />
            )}
            <Text size="xs" fw={600} c={sample.label === sample.predicted ? undefined : 'red'}>
              {evaluation.classes[sample.predicted]}
            </Text>
            {sample.label !== sample.predicted && (
              <Text size="xs">{t('sample.is', { name: evaluation.classes[sample.label] })}</Text>
            )}
          </Stack>
        ))}
      </Group>
      <ConfusionMatrix classes={evaluation.classes} counts={evaluation.confusion} />
    </Stack>
  );
}
