import { ActionIcon, Box, Group, Stack, Tabs, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { ErrorCard } from '../components/ErrorCard.tsx';
import { useTranslation } from '../i18n/index.ts';
import { focusTargets, useNavigation, type DrawerTab } from '../state/navigation.ts';
import { useStudio } from '../state/studio.ts';
import { LogPanel } from './LogPanel.tsx';
import { SerialPanel } from './SerialPanel.tsx';

/** Pixels of its line of tabs. */
export const drawerBar = 38;
/** Pixels of the open drawer, below its line of tabs. */
export const drawerHeight = 200;

/** Log, serial lines and problems, folded to one line until they are wanted. */
export function BottomDrawer(): ReactNode {
  const { t } = useTranslation();
  const { log, problems, dismissProblem } = useStudio();
  const { drawer, showDrawer } = useNavigation();
  /** The tab that opens when the drawer does. */
  const [tab, setTab] = useState<DrawerTab>('log');
  const open = drawer !== null;
  const show = (chosen: DrawerTab | null): void => {
    if (chosen !== null) setTab(chosen);
    showDrawer(chosen);
  };
  const last = log.at(-1);
  return (
    <Box component="section" aria-label={t('drawer.label')} px="sm">
      <Tabs
        value={drawer ?? tab}
        onChange={(chosen) => show(chosen as DrawerTab)}
        styles={{ list: { flexWrap: 'nowrap' } }}
      >
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Tabs.List>
            <Tabs.Tab value="log" size="xs">
              {t('drawer.log')}
            </Tabs.Tab>
            <Tabs.Tab value="serial" size="xs">
              {t('drawer.serial')}
            </Tabs.Tab>
            <Tabs.Tab value="problems" size="xs" color={problems.length > 0 ? 'red' : undefined}>
              {t('drawer.problems', { count: problems.length })}
            </Tabs.Tab>
          </Tabs.List>
          <Text size="xs" c="dimmed" truncate style={{ flex: 1 }} aria-live="polite">
            {open ? '' : (last?.message ?? '')}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-expanded={open}
            aria-label={t(open ? 'drawer.close' : 'drawer.open')}
            onClick={() => show(open ? null : tab)}
          >
            <span aria-hidden="true">{open ? '▾' : '▴'}</span>
          </ActionIcon>
        </Group>
        {open && (
          <Box
            key={drawer}
            id={focusTargets.drawer}
            h={drawerHeight}
            style={{ overflow: 'auto' }}
            tabIndex={0}
            role="region"
            aria-label={
              drawer === 'problems' ? t('drawer.problems', { count: problems.length }) : t(`drawer.${drawer}`)
            }
          >
            <Tabs.Panel value="log">
              <LogPanel />
            </Tabs.Panel>
            <Tabs.Panel value="serial">
              <SerialPanel />
            </Tabs.Panel>
            <Tabs.Panel value="problems">
              <Stack gap="xs" py="xs">
                {problems.length === 0 && <Text size="sm">{t('drawer.problems.empty')}</Text>}
                {problems.map((problem, i) => (
                  <ErrorCard
                    key={`${problem.code}-${problems.length - i}`}
                    error={problem}
                    onClose={() => dismissProblem(i)}
                  />
                ))}
              </Stack>
            </Tabs.Panel>
          </Box>
        )}
      </Tabs>
    </Box>
  );
}
