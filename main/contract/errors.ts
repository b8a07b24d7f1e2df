import { z } from 'zod';

/** What went wrong, in the form that every host shows: one sentence of cause and one remedy. */
export interface ErrorReport {
  /** Stable, dotted, lower case: `model.truncated`, `probe.no-permission`. Help pages and tests refer to it. */
  readonly code: string;
  /** What failed, where and why, in one sentence. */
  readonly message: string;
  /** The one thing to do now. */
  readonly remedy: string;
  /** Facts for the curious and for tests: addresses, sizes, what was tried, what answered. */
  readonly details: Readonly<Record<string, unknown>>;
}

export const errorReportSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  details: z.record(z.string(), z.unknown()),
});

/**
 * The only error that crosses a module border on purpose. Anything else that escapes is a bug of ours and is reported
 * as one (`internal`).
 */
export class StudioError extends Error {
  override readonly name = 'StudioError';
  readonly code: string;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(report: {
    code: string;
    message: string;
    remedy: string;
    details?: Record<string, unknown>;
    cause?: unknown;
  }) {
    super(report.message, report.cause === undefined ? undefined : { cause: report.cause });
    this.code = report.code;
    this.remedy = report.remedy;
    this.details = report.details ?? {};
  }
}

/** Why a system refuses to write, by its error codes: the cause in half a sentence, and the one thing to do. */
export const writeRefusals: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space on this disk, then start again; finished steps are kept.'],
  EDQUOT: ['the disk quota is used up', 'Free some space of your quota, then start again; finished steps are kept.'],
  EACCES: ['this user may not write there', 'Choose another folder, or allow this user to write into it.'],
  EPERM: ['this user may not write there', 'Choose another folder, or allow this user to write into it.'],
  EROFS: ['the file system is read-only', 'Choose a folder on a disk that can be written to.'],
  ENOTDIR: ['a part of the path is a file, not a folder', 'Choose another folder.'],
  EEXIST: ['a file stands where a folder is needed', 'Choose another folder.'],
  EISDIR: ['a folder stands where a file is needed', 'Choose another folder.'],
  ENAMETOOLONG: ['its name is longer than this system allows', 'Choose a folder with a shorter path.'],
};

/** What a system says about its disks is the user's business, wherever it comes up; anything else is a mistake of ours. */
const diskTroubles: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'ENAMETOOLONG'];

function diskTrouble(thrown: unknown): ErrorReport | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || !diskTroubles.includes(thrown.code)) return null;
  const [reason, remedy] = writeRefusals[String(thrown.code)] ?? [thrown.message, ''];
  const file = 'path' in thrown && typeof thrown.path === 'string' ? thrown.path : 'A file';
  return {
    code: 'store.write-failed',
    message: `${file} cannot be written: ${reason}.`,
    remedy,
    details: { file, systemCode: thrown.code },
  };
}

/** The report of any thrown value. */
export function toErrorReport(thrown: unknown): ErrorReport {
  if (thrown instanceof StudioError) {
    return { code: thrown.code, message: thrown.message, remedy: thrown.remedy, details: thrown.details };
  }
  const trouble = diskTrouble(thrown);
  if (trouble !== null) return trouble;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return {
    code: 'internal',
    message: `MCUNet Studio made a mistake: ${message}`,
    remedy: 'Please report it with the details below; your data is untouched.',
    details: { stack },
  };
}

/** How a piece of work ends that was asked to stop. */
export const cancelled = (what: string): StudioError =>
  new StudioError({
    code: 'cancelled',
    message: `It was stopped on request: ${what}.`,
    remedy: 'Start it again when you like; finished steps are kept.',
  });
