import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';
import type { Architecture, Block } from './architecture.ts';

/** Beyond these an architecture is a mistake rather than a network for a microcontroller. */
const MOST_CHANNELS = 8192;
const MOST_PIXELS = 4096;
const MOST_STRIDE = 4;
const MOST_CLASSES = 65536;

const count = (most: number) => z.int().min(1).max(most);
const stride = z.int().min(1).max(MOST_STRIDE);
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
  classes: z.int().min(2).max(MOST_CLASSES),
}) satisfies z.ZodType<Architecture>;

function refuse(place: string, why: string, details: Record<string, unknown>): never {
  throw new StudioError({
    code: 'architecture.invalid',
    message: `This architecture cannot be built: ${place} ${why}.`,
    remedy: 'Correct that field of the architecture and try again.',
    details: { place, ...details },
  });
}

const isCount = (value: number, most: number): boolean => Number.isInteger(value) && value >= 1 && value <= most;
const isKernel = (value: number): boolean => value === 3 || value === 5 || value === 7;
const isStride = (value: number): boolean => isCount(value, MOST_STRIDE);

function isBlockInRange(block: Block): boolean {
  const { kernel, strideH, strideW, channels } = block;
  const isExpanded =
    block.kind === 'convolution' || block.kind === 'residual' || isCount(block.expandedChannels, MOST_CHANNELS);
  return isKernel(kernel) && isStride(strideH) && isStride(strideW) && isCount(channels, MOST_CHANNELS) && isExpanded;
}

/**
 * What the schema asks of something that has an architecture's type, much faster: a search validates hundreds of
 * thousands. The schema is then only asked what is wrong.
 */
export function isInRange({ name, input, stem, blocks, headChannels, classes }: Architecture): boolean {
  return (
    name.length > 0 &&
    isCount(input.height, MOST_PIXELS) &&
    isCount(input.width, MOST_PIXELS) &&
    isCount(input.channels, MOST_CHANNELS) &&
    isCount(stem.channels, MOST_CHANNELS) &&
    isKernel(stem.kernel) &&
    isStride(stem.strideH) &&
    isStride(stem.strideW) &&
    blocks.every(isBlockInRange) &&
    (headChannels === null || isCount(headChannels, MOST_CHANNELS)) &&
    Number.isInteger(classes) &&
    classes >= 2 &&
    classes <= MOST_CLASSES
  );
}

/**
 * Checks that an architecture can be built: all counts in range, residuals only where shapes agree.
 *
 * @returns the architecture, so that a call can stand in an expression
 * @throws StudioError `architecture.invalid`, naming the first field that is wrong
 */
export function validateArchitecture(architecture: Architecture): Architecture {
  const parsed = isInRange(architecture) ? { success: true as const } : architectureSchema.safeParse(architecture);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue?.path.join('.') || 'the document';
    refuse(place, `is not valid (${issue?.message ?? 'unknown'})`, { name: architecture.name });
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
