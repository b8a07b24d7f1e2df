import { Box, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';

interface ConfusionMatrixProps {
  readonly classes: readonly string[];
  /** `counts[actual][predicted]` */
  readonly counts: readonly (readonly number[])[];
}

/** A table that is its own chart: shades by share of the row, figures for whoever reads them. */
export function ConfusionMatrix({ classes, counts }: ConfusionMatrixProps): ReactNode {
  const { t } = useTranslation();
  const cell = {
    padding: '3px 6px',
    textAlign: 'right' as const,
    fontVariantNumeric: 'tabular-nums',
    minWidth: 30,
    color: 'var(--chart-ink)',
  };
  return (
    <Box component="section" aria-label={t('confusion.title')}>
      <Title order={3} size="h5">
        {t('confusion.title')}
      </Title>
      <Text size="xs" c="dimmed" mb="xs">
        {t('confusion.caption')}
      </Text>
      <Box style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label={t('confusion.caption')}>
        <table style={{ borderCollapse: 'collapse', fontSize: 12 }}>
          <thead>
            <tr>
              <th scope="col" style={{ ...cell, textAlign: 'left' }}>
                {t('confusion.actual')}
              </th>
              {classes.map((name) => (
                <th key={name} scope="col" style={{ ...cell, writingMode: 'vertical-rl', fontWeight: 500 }}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {counts.map((row, actual) => {
              const sum = row.reduce((a, b) => a + b, 0) || 1;
              return (
                <tr key={classes[actual]}>
                  <th scope="row" style={{ ...cell, textAlign: 'left', fontWeight: 500 }}>
                    {classes[actual]}
                  </th>
                  {row.map((value, predicted) => (
                    <td
                      key={classes[predicted]}
                      style={{ ...cell, background: shade(value / sum, actual === predicted) }}
                    >
                      {value === 0 ? '' : value}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </Box>
    </Box>
  );
}

/** At most a third covered, so that the figures keep their contrast. */
function shade(share: number, right: boolean): string | undefined {
  if (share === 0) return undefined;
  const colour = right ? 'var(--chart-series-1)' : 'var(--chart-limit)';
  return `color-mix(in srgb, ${colour} ${Math.round(8 + 24 * share)}%, transparent)`;
}
