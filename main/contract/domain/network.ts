import { z } from 'zod';

/** The connections that this program has asked its system for, since it started. */
export const networkUseSchema = z.object({
  /** To this machine itself: the window in a browser, a probe's server. */
  loopback: z.int(),
  /** To anything else. The studio has no reason for one. */
  foreign: z.int(),
  /** The latest foreign ones: `connect example.com:443`, `resolve example.com`. */
  latest: z.array(z.object({ at: z.number(), what: z.string() })),
});
export type NetworkUse = z.infer<typeof networkUseSchema>;
