import type { z } from 'zod';
import { StudioError } from '../errors.ts';

/** Validates what a client sent: a fault is the client's. */
export function parseParams<T extends z.ZodType>(schema: T, value: unknown, name: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new StudioError({
    code: 'contract.invalid-params',
    message: `The parameters of ${name} are not valid: ${describeIssues(parsed.error)}.`,
    remedy: 'Correct the parameters named and ask again.',
    details: { call: name, issues: issuesOf(parsed.error) },
  });
}

/** Validates what our own handler made: a fault is ours. */
export function parseOwn<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Error(`the ${what} breaks its contract: ${describeIssues(parsed.error)}`);
}

export function issuesOf(error: z.ZodError): { path: string; message: string }[] {
  return error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

export function describeIssues(error: z.ZodError): string {
  return issuesOf(error)
    .slice(0, 3)
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ');
}
