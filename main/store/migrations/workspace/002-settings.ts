import type { Migration } from '../migration.ts';

/** A workspace keeps the settings that belong to its work. */
export const settings: Migration = {
  to: 2,
  title: 'settings',
  migrate: (document) => ({ ...document, settings: {} }),
};
