import { Badge, Code, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SerialLine } from '../../main/contract/index.ts';
import { useTranslation } from '../i18n/index.ts';
import { useStudio } from '../state/studio.ts';

/** The lines to boards: who answers, at which rate, and how well the frames come through. */
export function SerialPanel(): ReactNode {
  const { t } = useTranslation();
  const lines = useStudio((state) => state.lines);
  return (
    <Stack gap="sm" py="xs">
      {lines.length === 0 && <Text size="sm">{t('drawer.serial.empty')}</Text>}
      {[...lines].reverse().map((line) => (
        <Line key={line.id} line={line} />
      ))}
    </Stack>
  );
}

function Line({ line }: { readonly line: SerialLine }): ReactNode {
  const { t, time, bytes, count } = useTranslation();
  const { hello, baudRate, rubbish } = line;
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          {line.boardName}
        </Text>
        <Badge variant="light" color="gray" tt="none" styles={{ label: { color: 'var(--mantine-color-text)' } }}>
          {t(line.closedAt === null ? 'serial.open' : 'serial.closed')}
        </Badge>
        <Text size="xs" c="dimmed">
          {time(line.openedAt)}
        </Text>
      </Group>
      <Text size="xs" ff="monospace">
        {t('serial.hello', {
          build: hello.buildId,
          clock: count(hello.clockHz / 1e6),
          source: hello.clockSource,
          counter: hello.counter,
          operators: hello.operators,
          stack: bytes(hello.stackBytes),
        })}
      </Text>
      <Text size="xs" ff="monospace" c={line.damaged > 0 ? 'var(--chart-limit)' : undefined}>
        {t('serial.health', { answered: line.answered, resent: line.resent, damaged: line.damaged })}
        {' · '}
        {t('serial.bytes', { sent: bytes(line.sentBytes), received: bytes(line.receivedBytes) })}
        {baudRate === null ? '' : ` · ${t('serial.rate', { rate: baudRate })}`}
      </Text>
      {rubbish !== '' && (
        <>
          <Text size="xs">{t('serial.rubbish')}</Text>
          <Code block tabIndex={0} aria-label={t('serial.rubbish')}>
            {rubbish}
          </Code>
        </>
      )}
    </Stack>
  );
}
