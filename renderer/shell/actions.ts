import { useMantineColorScheme } from '@mantine/core';
import { useCall } from '../components/useCall.ts';
import { help } from '../help/topics.ts';
import { languages, useTranslation, type Language } from '../i18n/index.ts';
import { titled } from '../i18n/jobTitles.ts';
import { drawerTabs, screens, useNavigation } from '../state/navigation.ts';
import { screenOfRun } from '../state/open.ts';
import { useStudio } from '../state/studio.ts';
import type { Action } from './Palette.tsx';

/** Runs that can be opened by name; older ones are found under Runs. */
const mostRuns = 50;
/** Data sets that are always there. */
const drawn = ['road-signs', 'sounds', 'motions'] as const;

/** Everything that can be done from anywhere, for the palette. */
export function useActions(onLanguage: (language: Language) => void): Action[] {
  const { t, language } = useTranslation();
  const { go, showDrawer } = useNavigation();
  const { boards, chooseBoard, chooseDataset, jobs, client, fail, runsVersion } = useStudio();
  const { setColorScheme } = useMantineColorScheme();
  const [runs] = useCall(
    (service, signal) => service.call('runs.list', { sortBy: 'createdAt', limit: mostRuns }, { signal }),
    [],
    runsVersion,
  );
  const startDemo = async (): Promise<void> => {
    const params = { kind: 'demo' } as const;
    const started = await client?.call('jobs.start', { params, ...titled(params, language) });
    if (started) go('train', started.runId);
  };
  return [
    ...screens.map((name) => ({
      id: `go-${name}`,
      label: t('palette.go', { screen: t(`screen.${name}`) }),
      run: () => go(name),
      leadsTo: 'screen' as const,
    })),
    {
      id: 'demo',
      label: t('palette.demo'),
      run: () => void startDemo().catch(fail),
      leadsTo: 'screen' as const,
    },
    ...jobs
      .filter(({ state }) => state === 'running' || state === 'queued')
      .map(({ runId, title }) => ({
        id: `cancel-${runId}`,
        label: t('palette.cancel', { title }),
        run: () => void client?.call('jobs.cancel', { runId }).catch(fail),
      })),
    ...drawerTabs.map((tab) => ({
      id: `drawer-${tab}`,
      label: t('palette.drawer', { what: t(`palette.drawer.${tab}`) }),
      run: () => showDrawer(tab),
      leadsTo: 'drawer' as const,
    })),
    ...(['light', 'dark', 'auto'] as const).map((scheme) => ({
      id: `scheme-${scheme}`,
      label: t(`scheme.${scheme}`),
      run: () => setColorScheme(scheme),
    })),
    ...(Object.keys(languages) as Language[]).map((name) => ({
      id: `language-${name}`,
      label: t(`language.${name}`),
      run: () => onLanguage(name),
    })),
    ...boards.map((board) => ({
      id: `board-${board.id}`,
      label: t('palette.board', { board: board.name }),
      run: () => chooseBoard(board.id),
    })),
    ...drawn.map((name) => ({
      id: `dataset-${name}`,
      label: t('palette.dataset', { name: `generated:${name}` }),
      run: () => {
        chooseDataset(`generated:${name}`);
        go('data');
      },
      leadsTo: 'screen' as const,
    })),
    ...(runs.state === 'ready' ? runs.value.runs : []).map(({ id, kind, title }) => ({
      id: `run-${id}`,
      label: t('palette.run', { title }),
      run: () => go(screenOfRun(kind), id),
      leadsTo: 'screen' as const,
    })),
    ...help[language]
      .filter(({ section }) => section !== 'codes')
      .map(({ title }, at) => ({
        id: `help-${at}`,
        label: t('palette.help', { title }),
        run: () => go('help', title),
        leadsTo: 'screen' as const,
      })),
  ];
}
