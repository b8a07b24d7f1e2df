import { Box, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { LiveInfo, LiveResult } from '../../main/contract/index.ts';
import { ConfusionMatrix } from '../charts/ConfusionMatrix.tsx';
import { Figure, known } from '../components/Figure.tsx';
import { Pixels } from '../components/Pixels.tsx';
import { useTranslation } from '../i18n/index.ts';
import { medianOf, type Tally } from './tally.ts';

/** Classes with a bar; the rest is too unlikely to matter. */
const mostBars = 5;

interface LiveAnswerProps {
  readonly info: LiveInfo;
  readonly last: LiveResult | null;
  readonly tally: Tally;
}

/** What the board said last, and what all its answers come to. */
export function LiveAnswer({ info, last, tally }: LiveAnswerProps): ReactNode {
  const { t, milliseconds, percent, bytes, count } = useTranslation();
  const { classes, estimated } = info;
  const ms = medianOf(tally.recentMs);
  return (
    <Stack gap="sm" role="group" aria-label={t('live.answer')}>
      {last !== null && (
        <Group align="start" wrap="nowrap" gap="md">
          <Stack gap={2}>
            <Pixels png={last.png} alt={t('live.frame')} size={120} />
            <Text size="xs" c="dimmed">
              {t('live.frame')}
            </Text>
          </Stack>
          <Stack gap={4} style={{ flex: 1, minWidth: 0 }}>
            <Text size="xl" fw={700} data-testid="live-label">
              {classes[last.predicted] ?? last.predicted}
            </Text>
            {last.label !== null && (
              <Text size="sm" c={last.label === last.predicted ? undefined : 'var(--chart-limit)'}>
                {t('sample.is', { name: classes[last.label] ?? '' })}
              </Text>
            )}
            <Bars classes={classes} scores={last.scores} />
          </Stack>
        </Group>
      )}
      <SimpleGrid cols={2} spacing="xs">
        <Figure
          label={t(estimated ? 'figure.latency.estimated' : 'figure.latency')}
          value={known(ms, milliseconds)}
          note={estimated ? t('live.estimate.how') : t('live.measured.how')}
        />
        <Figure
          label={t('live.agreement')}
          value={tally.answers === 0 ? null : `${count(tally.equal)} / ${count(tally.answers)}`}
          note={t('live.agreement.how')}
        />
        <Figure
          label={t('live.stack')}
          value={tally.stackBytes === 0 ? null : bytes(tally.stackBytes)}
          note={t('live.of', { total: bytes(info.stackTotalBytes) })}
        />
        <Figure label={t('live.arena')} value={bytes(info.sramBytes)} />
      </SimpleGrid>
      {tally.labelled > 0 && (
        <>
          <Figure
            label={t('figure.board')}
            value={percent(tally.right / tally.labelled)}
            note={t('live.right', { right: count(tally.right), of: count(tally.labelled) })}
          />
          <ConfusionMatrix classes={classes} counts={tally.confusion} />
        </>
      )}
    </Stack>
  );
}

/** The likeliest classes, each with its share as a bar and as a figure. */
function Bars({
  classes,
  scores,
}: {
  readonly classes: readonly string[];
  readonly scores: readonly number[];
}): ReactNode {
  const { percent } = useTranslation();
  const likeliest = scores
    .map((score, index) => ({ score, index }))
    .sort((a, b) => b.score - a.score)
    .slice(0, mostBars);
  return (
    <Stack gap={2} component="ul" p={0} m={0}>
      {likeliest.map(({ score, index }) => (
        <Group key={index} component="li" gap="xs" wrap="nowrap" style={{ listStyle: 'none' }}>
          <Text size="xs" w={110} truncate>
            {classes[index] ?? index}
          </Text>
          <Box style={{ flex: 1, height: 10, background: 'var(--chart-grid)', borderRadius: 2 }} aria-hidden="true">
            <Box
              style={{
                width: `${100 * Math.max(0, Math.min(1, score))}%`,
                height: '100%',
                background: 'var(--chart-series-1)',
                borderRadius: 2,
              }}
            />
          </Box>
          <Text size="xs" w={52} ta="right" style={{ fontVariantNumeric: 'tabular-nums' }}>
            {percent(score)}
          </Text>
        </Group>
      ))}
    </Stack>
  );
}
