import { Card, Text } from '@mantine/core';
import type { ReactNode } from 'react';

/** A value as text, or null while it is not known. */
export const known = (value: number | null | undefined, format: (value: number) => string): string | null =>
  value === null || value === undefined ? null : format(value);

/** Characters that a narrow window has room for in large letters. */
const longest = 13;

/** One number that matters, with its name. A dash until it is known. */
export function Figure({
  label,
  value,
  note,
}: {
  readonly label: string;
  readonly value: string | null;
  readonly note?: string;
}): ReactNode {
  return (
    <Card withBorder padding="sm">
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text
        size={(value ?? '').length > longest ? 'sm' : 'xl'}
        fw={600}
        style={{ fontVariantNumeric: 'tabular-nums', overflowWrap: 'anywhere' }}
      >
        {value ?? '–'}
      </Text>
      {note !== undefined && <Text size="xs">{note}</Text>}
    </Card>
  );
}
