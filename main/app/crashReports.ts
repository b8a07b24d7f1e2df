import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CrashReport {
  readonly at: string;
  readonly version: string;
  readonly platform: string;
  readonly where: string;
  readonly reason: string;
}

/** What would be written down, as the user is shown it: no data of theirs, no paths but those of the stack. */
export function describeCrash(
  where: string,
  thrown: unknown,
  facts: { version: string; platform: string; at: Date },
): CrashReport {
  const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return { at: facts.at.toISOString(), version: facts.version, platform: facts.platform, where, reason };
}

/** Shows the report and writes it only when told to. It is never sent anywhere. Returns the file, or null. */
export async function offerCrashReport(
  report: CrashReport,
  folder: string,
  ask: (text: string) => Promise<boolean>,
): Promise<string | null> {
  const text = JSON.stringify(report, null, 2);
  if (!(await ask(text))) return null;
  await mkdir(folder, { recursive: true });
  const file = join(folder, `crash-${report.at.replace(/[:.]/g, '-')}.json`);
  await writeFile(file, `${text}\n`, { flag: 'wx' });
  return file;
}
