import { AppShell, Box, Center, Loader } from '@mantine/core';
import { useHotkeys, useLocalStorage } from '@mantine/hooks';
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ComponentType,
  type ReactNode,
} from 'react';
import { ErrorCard } from './components/ErrorCard.tsx';
import { preferredLanguage, translationFor, TranslationProvider, useTranslation, type Language } from './i18n/index.ts';
import { BottomDrawer, drawerBar, drawerHeight } from './shell/BottomDrawer.tsx';
import { OpenProject } from './project/OpenProject.tsx';
import { LastFailure } from './shell/LastFailure.tsx';
import { useActions } from './shell/actions.ts';
import { Palette, type Action } from './shell/Palette.tsx';
import { Rail } from './shell/Rail.tsx';
import { TopBar } from './shell/TopBar.tsx';
import { connectStudio, onServiceRestart } from './state/client.ts';
import { useOpenRequests } from './state/open.ts';
import { focusTargets, useNavigation, type ScreenName } from './state/navigation.ts';
import { useStudio } from './state/studio.ts';

/** Pixels; lines and tables that are longer are hard to follow. */
const widest = 1800;

/** The header's menus hang over the rail, which Mantine draws at 101. */
const aboveRail = 102;

/** Each screen is loaded when it is first opened, so that the first one is there at once. */
const screenOf: Record<ScreenName, ComponentType> = {
  home: lazy(() => import('./screens/Home.tsx')),
  data: lazy(() => import('./screens/Data.tsx')),
  search: lazy(() => import('./screens/Search.tsx')),
  train: lazy(() => import('./screens/Train.tsx')),
  build: lazy(() => import('./screens/Build.tsx')),
  board: lazy(() => import('./screens/Board.tsx')),
  lab: lazy(() => import('./screens/Lab.tsx')),
  runs: lazy(() => import('./screens/Runs.tsx')),
  help: lazy(() => import('./screens/Help.tsx')),
};

export function App(): ReactNode {
  const [language, setLanguage] = useLocalStorage<Language>({
    key: 'language',
    defaultValue: preferredLanguage(navigator.languages),
    getInitialValueInEffect: false,
  });
  const translation = useMemo(() => translationFor(language), [language]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return (
    <TranslationProvider value={translation}>
      <StudioWindow onLanguage={setLanguage} />
    </TranslationProvider>
  );
}

function StudioWindow({ onLanguage }: { readonly onLanguage: (language: Language) => void }): ReactNode {
  const { t } = useTranslation();
  const { screen, drawer } = useNavigation();
  const { client, lost, attach, lose } = useStudio();
  const palette = usePalette();
  useHotkeys([['mod+K', palette.open]], []);
  const connect = useCallback(() => void connectStudio().then(attach, lose), [attach, lose]);
  useEffect(connect, [connect]);
  useEffect(() => onServiceRestart(attach), [attach]);
  useOpenRequests();
  const Screen = screenOf[screen];
  const waiting = (
    <Center h={300}>
      <Loader role="status" aria-label={t('connection.waiting')} />
    </Center>
  );
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 148, breakpoint: 0 }}
      footer={{ height: drawer === null ? drawerBar : drawerBar + drawerHeight }}
      padding="md"
    >
      <AppShell.Header zIndex={aboveRail}>
        <TopBar onPalette={palette.open} />
      </AppShell.Header>
      <AppShell.Navbar>
        <Rail />
      </AppShell.Navbar>
      <AppShell.Main id={focusTargets.screen} tabIndex={-1} style={{ outline: 'none' }}>
        {lost !== null && (
          <Box mb="md">
            <ErrorCard error={lost} action={{ label: t('connection.retry'), run: connect }} />
          </Box>
        )}
        <Box maw={widest} mx="auto">
          <LastFailure />
          {client === null ? lost === null && waiting : <Suspense fallback={waiting}>{<Screen />}</Suspense>}
        </Box>
      </AppShell.Main>
      <AppShell.Footer>
        <BottomDrawer />
      </AppShell.Footer>
      <OpenProject />
      <Palette opened={palette.opened} onClose={palette.close} actions={useActions(onLanguage)} />
    </AppShell>
  );
}

interface PaletteState {
  readonly opened: boolean;
  readonly open: () => void;
  readonly close: (action: Action | null) => void;
}

/** The palette, and the way of the focus: back where it was, or where the chosen action leads. */
function usePalette(): PaletteState {
  const [opened, setOpened] = useState(false);
  const before = useRef<Element | null>(null);
  const done = useRef<Action | null>(null);
  useEffect(() => {
    if (opened) return;
    const { leadsTo } = done.current ?? {};
    const goal = leadsTo === undefined ? before.current : document.getElementById(focusTargets[leadsTo]);
    if (goal instanceof HTMLElement) goal.focus({ preventScroll: true });
    [before.current, done.current] = [null, null];
  }, [opened]);
  return {
    opened,
    open: () => {
      before.current ??= document.activeElement;
      setOpened(true);
    },
    close: (action) => {
      done.current = action;
      setOpened(false);
      action?.run();
    },
  };
}
