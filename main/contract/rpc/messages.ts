import { z } from 'zod';
import { errorReportSchema } from '../errors.ts';

/**
 * Everything that travels between a client and the host of a service: call, cancel, listen, dispose one way; result,
 * error, progress, event the other. `id` is chosen by the client and names one call or one subscription until it ends.
 */
const id = z.int().nonnegative();
const name = z.string().min(1).max(100);

export const clientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('call'), id, name, params: z.unknown() }),
  /** Asks that a call end soon; its answer still comes, as a result or as the error `cancelled`. */
  z.strictObject({ type: z.literal('cancel'), id }),
  z.strictObject({ type: z.literal('listen'), id, name, params: z.unknown() }),
  /** Ends a subscription; no event of it is sent after this was read. */
  z.strictObject({ type: z.literal('dispose'), id }),
]);

export const hostMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('result'), id, value: z.unknown() }),
  /** Ends a call or a subscription. */
  z.strictObject({ type: z.literal('error'), id, error: errorReportSchema }),
  z.strictObject({ type: z.literal('progress'), id, value: z.unknown() }),
  z.strictObject({ type: z.literal('event'), id, value: z.unknown() }),
  /** The last message of a host that was sent something which is no message; the transport closes after it. */
  z.strictObject({ type: z.literal('refused'), error: errorReportSchema }),
]);

export type ClientMessage = z.infer<typeof clientMessageSchema>;
export type HostMessage = z.infer<typeof hostMessageSchema>;
