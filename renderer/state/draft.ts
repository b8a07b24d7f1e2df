import { create } from 'zustand';

type Draft<T> = () => readonly [T, (part: Partial<T>) => void];

/** What is filled into a form: kept while the window is open, whichever screen is looked at in between. */
export function keptDraft<T extends object>(usual: T): Draft<T> {
  const useDraft = create<T>()(() => usual);
  return () => [useDraft(), (part) => useDraft.setState(part)];
}
