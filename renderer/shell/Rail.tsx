import { NavLink, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/index.ts';
import { screens, useNavigation } from '../state/navigation.ts';
import { ScreenIcon } from './icons.tsx';

/** The way between the screens. */
export function Rail(): ReactNode {
  const { t } = useTranslation();
  const { screen, go } = useNavigation();
  return (
    <Stack component="nav" gap={2} p={6} aria-label={t('rail.label')}>
      {screens.map((name) => (
        <NavLink
          key={name}
          component="button"
          label={t(`screen.${name}`)}
          leftSection={<ScreenIcon screen={name} />}
          active={screen === name}
          aria-current={screen === name ? 'page' : undefined}
          onClick={() => go(name)}
          styles={{ root: { borderRadius: 6 }, label: { fontSize: 14 } }}
        />
      ))}
    </Stack>
  );
}
