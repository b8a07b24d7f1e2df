import { z } from 'zod';
import { errorReportSchema } from '../errors.ts';

/** Where a tool comes from: named by hand, with the app, by the set-up, this computer's PATH, its usual places. */
const originSchema = z.enum(['chosen', 'bundled', 'staged', 'path', 'system']);
export type ToolOrigin = z.infer<typeof originSchema>;

const toolNameSchema = z.enum(['arm-gcc', 'qemu', 'openocd', 'host-gcc', 'chromium']);
const found = <What extends string>(what: What) => z.object({ what: z.literal(what) });

/**
 * What a finding is and its figures, so that a window in another language than the service's can say it; what the computer
 * itself answered stays as it is.
 */
export const findingFactsSchema = z.discriminatedUnion('what', [
  found('tool.found').extend({
    tool: toolNameSchema,
    origin: originSchema,
    /** What would be taken if it were not there. */
    others: z.array(z.object({ version: z.string(), origin: originSchema, path: z.string() })),
  }),
  found('tool.missing').extend({
    tool: toolNameSchema,
    /** The environment variable that points at another one. */
    variable: z.string(),
    /** Where there is one that does not run. */
    brokenPath: z.string().nullable(),
  }),
  found('devices.unlisted').extend({ problem: errorReportSchema }),
  found('probes.none'),
  found('probe.opens').extend({ name: z.string() }),
  found('probe.answers').extend({
    name: z.string(),
    firmware: z.string(),
    /** At the chip. */
    volts: z.number(),
  }),
  found('probe.failed').extend({
    name: z.string(),
    step: z.enum(['opening', 'asking']),
    problem: errorReportSchema,
    /** What to install, where that is known to help. */
    install: z.enum(['udev-rules', 'usb-driver']).nullable(),
  }),
  found('port.opens'),
  found('port.failed').extend({
    /** As the system calls it. */
    error: z.string(),
    why: z.enum(['forbidden', 'busy', 'gone']),
  }),
  found('board-file.faulty').extend({ problem: errorReportSchema }),
  found('machine').extend({ processors: z.int(), freeGibibytes: z.number() }),
  found('network.loopback'),
  found('network.foreign').extend({ times: z.int(), asked: z.string() }),
  found('tensorflow').extend({ installed: z.boolean() }),
]);
export type FindingFacts = z.infer<typeof findingFactsSchema>;

/** One thing that the studio needs from this computer, and how it stands. */
export const findingSchema = z.object({
  id: z.string(),
  title: z.string(),
  state: z.enum(['ok', 'warning', 'missing']),
  /** What was found, or what is wrong, in one sentence. */
  detail: z.string(),
  remedy: z.string().nullable(),
  version: z.string().nullable(),
  path: z.string().nullable(),
  /** The same in figures and codes. */
  facts: findingFactsSchema,
});
export type Finding = z.infer<typeof findingSchema>;
