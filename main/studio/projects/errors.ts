import { StudioError } from '../../contract/index.ts';

export const notAProject = (path: string, why: string, cause?: unknown): StudioError =>
  new StudioError({
    code: 'project.not-a-project',
    message: `${path} is no project of MCUNet Studio: ${why}.`,
    remedy: 'Choose a .mcunet file that MCUNet Studio packed.',
    details: { path, why },
    cause,
  });

export const damaged = (path: string, why: string, cause?: unknown): StudioError =>
  new StudioError({
    code: 'project.damaged',
    message: `${path} is damaged: ${why}. Nothing of it was opened.`,
    remedy: 'Copy the file again from where it came from, or pack the project once more.',
    details: { path, why },
    cause,
  });

export const unreadable = (path: string, error: unknown): StudioError =>
  new StudioError({
    code: 'project.unreadable',
    message: `${path} cannot be read: ${reasonOf(error)}.`,
    remedy: 'Check that it is there and that this user may read it.',
    details: { path, systemCode: (error as NodeJS.ErrnoException).code },
    cause: error,
  });

/** Reading archives is shared with datasets; what goes wrong is told in the words of a project. */
export function inProjectsWords<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = error instanceof StudioError ? error.code : '';
    if (code === 'dataset.zip-escapes' || code === 'dataset.zip-bomb')
      throw new StudioError({
        code: 'project.unsafe',
        message: error.message,
        remedy: 'Do not open this file; it may be meant to do harm.',
        details: { path },
        cause: error,
      });
    if (code.startsWith('dataset.')) throw notAProject(path, withoutFullStop(error.message), error);
    if ('syscall' in error) throw unreadable(path, error);
    throw damaged(path, withoutFullStop(error.message), error);
  }
}

const withoutFullStop = (text: string): string => text.replace(/\.$/, '');

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
  };
  return reasons[code ?? ''] ?? message;
}
