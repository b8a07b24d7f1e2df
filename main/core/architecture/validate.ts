import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';
import type { Architecture } from './architecture.ts';

/** Beyond these an architecture is a mistake rather than a network for a microcontroller. */
const MOST_CHANNELS = 8192;
const MOST_PIXELS = 4096;

const count = (most: number) => z.int().min(1).max(most);
const stride = z.int().min(1).max(4);
const kernel = z.union([z.literal(3), z.literal(5), z.literal(7)]);

const plain = { kernel, strideH: stride, strideW: stride, channels: count(MOST_CHANNELS) };
const block = z.union([
  z.object({
    kind: z.literal('inverted').optional(),
    expandedChannels: count(MOST_CHANNELS),
    ...plain,
    residual: z.boolean(),
  }),
  z.object({ kind: z.literal('convolution'), ...plain }),
  z.object({ kind: z.literal('residual'), ...plain }),
]);

/** The schema of an architecture as it crosses a border: a file, a message, a checkpoint. */
export const architectureSchema = z.object({
  name: z.string().min(1),
  input: z.object({ height: count(MOST_PIXELS), width: count(MOST_PIXELS), channels: count(MOST_CHANNELS) }),
  stem: z.object({ channels: count(MOST_CHANNELS), kernel, strideH: stride, strideW: stride }),
  blocks: z.array(block),
  headChannels: count(MOST_CHANNELS).nullable(),
  classes: z.int().min(2).max(65536),
}) satisfies z.ZodType<Architecture>;

function refuse(place: string, why: string, details: Record<string, unknown>): never {
  throw new StudioError({
    code: 'architecture.invalid',
    message: `This architecture cannot be built: ${place} ${why}.`,
    remedy: 'Correct that field of the architecture and try again.',
    details: { place, ...details },
  });
}

/**
 * Checks that an architecture can be built: all counts in range, residuals only where shapes agree.
 *
 * @returns the architecture, so that a call can stand in an expression
 * @throws StudioError `architecture.invalid`, naming the first field that is wrong
 */
export function validateArchitecture(architecture: Architecture): Architecture {
  const parsed = architectureSchema.safeParse(architecture);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join('.') || 'the document';
    refuse(place, `is not valid (${issue?.message ?? 'unknown'})`, { name: architecture?.name });
  }
  let channels = architecture.stem.channels;
  architecture.blocks.forEach((block, index) => {
    const isInverted = block.kind === undefined || block.kind === 'inverted';
    if (isInverted && block.residual && (block.strideH !== 1 || block.strideW !== 1 || block.channels !== channels)) {
      refuse(
        `blocks.${index}.residual`,
        `needs strides of 1 and equal channels, but it goes from ${channels} to ${block.channels} channels ` +
          `with strides ${block.strideH}×${block.strideW}`,
        { name: architecture.name },
      );
    }
    channels = block.channels;
  });
  return architecture;
}
