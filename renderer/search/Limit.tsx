import { Group, NumberInput, Slider, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { numberOf, useTyped, type Typed } from '../components/useTyped.ts';
import { useTranslation } from '../i18n/index.ts';

interface LimitProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
  readonly format: (value: number) => string;
  /** What the field counts in: 1024 for KB. */
  readonly unit: number;
  /** What the slider's right end is called where that is no limit. */
  readonly unlimited?: string;
}

/** A limit to make narrower than the board's: with the slider by a hundredth of it a step, with the field exactly. */
export function Limit({ label, value, most, onChange, format, unit, unlimited }: LimitProps): ReactNode {
  const { t } = useTranslation();
  const step = most / 100;
  const name = t('search.limit', { what: label });
  const tenths = Math.round((10 * value) / unit) / 10;
  const meant = (typed: Typed): number => {
    if (typed === '') return most;
    const number = numberOf(typed) ?? 0;
    // There is no part of a byte.
    return number > 0 ? Math.min(most, unit === 1 ? number : Math.round(number * unit)) : value;
  };
  const field = useTyped(value, unlimited !== undefined && value === most ? '' : tenths, meant, onChange);
  return (
    <Stack gap={4}>
      <Text size="sm" fw={500}>
        {name}
      </Text>
      <Group gap="xs" wrap="nowrap">
        <Slider
          min={1}
          max={100}
          value={Math.max(1, Math.round(value / step))}
          onChange={(part) => onChange(part === 100 ? most : Math.round(part * step))}
          label={null}
          thumbLabel={name}
          thumbValueText={format(value)}
          style={{ flex: 1 }}
        />
        <NumberInput
          aria-label={t('options.exact', { what: label })}
          {...field}
          placeholder={unlimited ?? format(most)}
          min={unit === 1 ? 0.1 : 1}
          max={most / unit}
          clampBehavior="blur"
          suffix={unit === 1 ? ' ms' : ' KB'}
          size="xs"
          w={92}
          hideControls
        />
      </Group>
    </Stack>
  );
}
