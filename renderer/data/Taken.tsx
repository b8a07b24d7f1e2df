import { Button, Group, Stack, Text } from '@mantine/core';
import { useEffect, useMemo, type ReactNode } from 'react';
import { Pixels } from '../components/Pixels.tsx';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';
import type { Recording, TakenSample } from './useCapture.ts';

/** What was recorded last, to look at or listen to, and to take away again. */
export function Taken({ recording, sound }: { readonly recording: Recording; readonly sound: boolean }): ReactNode {
  const { t } = useTranslation();
  const fail = useStudio((state) => state.fail);
  const { taken, busy, discard } = recording;
  if (taken.length === 0) return null;
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {t('capture.last')}
      </Text>
      <Group gap="xs" align="start">
        {taken.map((sample) => (
          <Stack key={sample.id} gap={2} align="center">
            {sound ? <Sound sample={sample} /> : <Pixels png={sample.bytes} alt={sample.className} size={80} />}
            <Text size="xs">{sample.className}</Text>
            <Button
              size="compact-xs"
              variant="default"
              disabled={busy}
              onClick={() => void discard(sample).catch(fail)}
              aria-label={`${t('capture.discard')}: ${sample.id}`}
            >
              ×
            </Button>
          </Stack>
        ))}
      </Group>
    </Stack>
  );
}

function Sound({ sample }: { readonly sample: TakenSample }): ReactNode {
  const url = useMemo(() => URL.createObjectURL(new Blob([sample.bytes.slice()], { type: 'audio/wav' })), [sample]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return <audio controls src={url} aria-label={sample.className} style={{ width: 180, height: 32 }} />;
}
