import { StudioError } from '../contract/index.ts';

/** A dataset that cannot be used, in one sentence. */
export const datasetError = (
  code: string,
  message: string,
  remedy: string,
  details: Record<string, unknown> = {},
  cause?: unknown,
): StudioError => new StudioError({ code: `dataset.${code}`, message, remedy, details, cause });

/** Why one sample cannot be read. It is listed and left out; the rest of the dataset is used. */
export class BrokenSampleError extends Error {
  override readonly name = 'BrokenSampleError';
  readonly code: string;

  constructor(code: string, reason: string) {
    super(reason);
    this.code = `dataset.${code}`;
  }
}
