import { reportSchema, StudioError, type Report } from '../../contract/index.ts';
import { migrateDocument, reportMigrations } from '../../store/index.ts';

/**
 * A run's report from its `report.json`, brought to the present format where an older program wrote it.
 *
 * @param file its name, for what is said of it
 * @throws StudioError `store.newer-format`, `store.no-format`, `store.broken-run`
 */
export function readReport(content: Uint8Array, file: string): Report {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(content));
  } catch (error) {
    throw broken(file, error instanceof Error ? error.message : String(error), error);
  }
  if (typeof document !== 'object' || document === null) throw broken(file, 'it holds no object');
  const migrated = migrateDocument(document as Record<string, unknown>, file, reportMigrations);
  const parsed = reportSchema.safeParse(migrated);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw broken(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`, parsed.error);
}

const broken = (file: string, why: string, cause?: unknown): StudioError =>
  new StudioError({
    code: 'store.broken-run',
    message: `${file} cannot be read as a report: ${why}.`,
    remedy: 'Remove the file and resume the run: its report is written again.',
    details: { file, why },
    cause,
  });
