import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  readonly text: string;
  readonly children?: ReactNode;
}

/** What a screen shows before there is anything: what belongs here, and how to get it. */
export function EmptyState({ title, text, children }: EmptyStateProps): ReactNode {
  return (
    <Stack align="center" gap="sm" py={64} maw={520} mx="auto" ta="center">
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed">{text}</Text>
      {children}
    </Stack>
  );
}
