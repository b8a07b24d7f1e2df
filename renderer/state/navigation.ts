import { create } from 'zustand';

export const screens = ['home', 'data', 'search', 'train', 'build', 'board', 'runs', 'help'] as const;
export type ScreenName = (typeof screens)[number];

interface Navigation {
  readonly screen: ScreenName;
  /** What the screen is about: a run's id, a help topic. */
  readonly subject: string | null;
  readonly go: (screen: ScreenName, subject?: string | null) => void;
}

export const useNavigation = create<Navigation>((set) => ({
  screen: 'home',
  subject: null,
  go: (screen, subject = null) => set({ screen, subject }),
}));
