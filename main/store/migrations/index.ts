import { StudioError } from '../../contract/index.ts';
import type { Migration } from './migration.ts';
import { boardFindings } from './report/002-board-findings.ts';
import { imageHash } from './run/002-image-hash.ts';
import { settings } from './workspace/002-settings.ts';

export type { Migration } from './migration.ts';

/** Of `run.json`, one a file, in order. Format 1 is the first that left this house. */
export const runMigrations: readonly Migration[] = [imageHash];

/** Of `report.json`. */
export const reportMigrations: readonly Migration[] = [boardFindings];

/** Of `workspace.json`. */
export const workspaceMigrations: readonly Migration[] = [settings];

/** The format that a list of migrations leads to. */
export const formatOf = (migrations: readonly Migration[]): number => migrations.at(-1)?.to ?? 1;

/**
 * Brings a document to the present format. What is older is migrated; what is newer is refused, for this version cannot
 * know what it means.
 *
 * @throws StudioError `store.newer-format`, `store.no-format`
 */
export function migrateDocument(
  document: Readonly<Record<string, unknown>>,
  file: string,
  migrations: readonly Migration[] = runMigrations,
): Record<string, unknown> {
  const { format } = document;
  const present = formatOf(migrations);
  if (typeof format !== 'number' || !Number.isInteger(format) || format < 1)
    throw new StudioError({
      code: 'store.no-format',
      message: `${file} does not say in which format it is.`,
      remedy: 'Restore the file from a backup, or remove its folder.',
      details: { file, format },
    });
  if (format > present)
    throw new StudioError({
      code: 'store.newer-format',
      message: `${file} was written by a newer MCUNet Studio (format ${format}; this one reads up to ${present}).`,
      remedy: 'Update MCUNet Studio. The file was not touched.',
      details: { file, format, present },
    });
  let migrated: Record<string, unknown> = { ...document };
  for (const { to, migrate } of migrations) if (to > format) migrated = { ...migrate(migrated), format: to };
  return migrated;
}
