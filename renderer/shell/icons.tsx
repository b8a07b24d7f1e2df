import type { ReactNode } from 'react';
import type { ScreenName } from '../state/navigation.ts';

/** Strokes on a 24 × 24 grid, drawn for this app. */
const paths: Record<ScreenName, string> = {
  home: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  data: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  search: 'M10 4a6 6 0 1 1 0 12a6 6 0 0 1 0-12zM14.5 14.5L20 20',
  train: 'M4 5v15h16M6 8c4 0 4 9 13 10',
  build: 'M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4',
  board: 'M3 6h18v12H3zM7 10h4v4H7zM14 10h4M14 13h4M5 18v2M19 18v2',
  lab: 'M9 3h6M10 3v6L4.5 19a1.5 1.5 0 0 0 1.3 2h12.4a1.5 1.5 0 0 0 1.3-2L14 9V3M7 15h10',
  help: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.5v.1M12 3a9 9 0 1 1 0 18a9 9 0 0 1 0-18z',
  runs: 'M4 6h16M4 12h16M4 18h16M8 4v4M14 10v4M10 16v4',
};

export function ScreenIcon({ screen }: { readonly screen: ScreenName }): ReactNode {
  return (
    <svg
      width={20}
      height={20}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.7}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[screen]} />
    </svg>
  );
}
