import { create } from 'zustand';

export const screens = ['home', 'data', 'search', 'train', 'build', 'board', 'lab', 'runs', 'help'] as const;
export type ScreenName = (typeof screens)[number];

export const drawerTabs = ['log', 'serial', 'problems'] as const;
export type DrawerTab = (typeof drawerTabs)[number];

/** The ids of what can be asked to take the focus. */
export const focusTargets = { screen: 'screen', drawer: 'drawer' } as const;

interface Navigation {
  readonly screen: ScreenName;
  /** What the screen is about: a run's id, a help topic. */
  readonly subject: string | null;
  /** The run whose job the screen has followed, without having been asked for it: it stays there when the job has ended. */
  readonly followed: string | null;
  readonly follow: (runId: string) => void;
  /** The tab of the drawer below that is open; null while it is folded. */
  readonly drawer: DrawerTab | null;
  readonly showDrawer: (tab: DrawerTab | null) => void;
  /** The model file that is built from; empty: none. */
  readonly model: string;
  readonly chooseModel: (path: string) => void;
  /** A model file was opened from elsewhere: the screen that builds shows it. */
  readonly openModel: (path: string) => void;
  /** A project file that was asked for: what is in it is shown before it is opened. */
  readonly project: string | null;
  readonly askForProject: (path: string | null) => void;
  /** Packing into a project file was asked for: these runs, or all of them. */
  readonly packing: { readonly runIds: readonly string[] | null } | null;
  readonly askToPack: (packing: Navigation['packing']) => void;
  readonly go: (screen: ScreenName, subject?: string | null) => void;
}

export const useNavigation = create<Navigation>((set) => ({
  screen: 'home',
  subject: null,
  followed: null,
  follow: (followed) => set({ followed }),
  drawer: null,
  model: '',
  chooseModel: (model) => set({ model }),
  openModel: (model) => set({ model, screen: 'build', subject: null, followed: null }),
  project: null,
  askForProject: (project) => set({ project }),
  packing: null,
  askToPack: (packing) => set({ packing }),
  showDrawer: (drawer) => set({ drawer }),
  go: (screen, subject = null) => set({ screen, subject, followed: null }),
}));
