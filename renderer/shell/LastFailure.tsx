import { Paper } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useNavigation } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';

/** What last failed of what was asked for, in view wherever one has scrolled to, until it is dismissed or the screen is left. */
export function LastFailure(): ReactNode {
  const { failure, dismissFailure } = useStudio();
  const screen = useNavigation((state) => state.screen);
  useEffect(() => dismissFailure, [screen, dismissFailure]);
  if (failure === null) return null;
  return (
    <Paper
      shadow="md"
      mb="md"
      pos="sticky"
      top="calc(var(--app-shell-header-offset, 0px) + var(--mantine-spacing-xs))"
      style={{ zIndex: 10 }}
    >
      <ErrorCard error={failure} onClose={dismissFailure} />
    </Paper>
  );
}
