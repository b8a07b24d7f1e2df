import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';
import type { Architecture, InvertedResidual } from './architecture.ts';
import { architectureSchema, validateArchitecture } from './validate.ts';

const size = z.int().min(1);
const kernel = z.union([z.literal(3), z.literal(5), z.literal(7)]);

/** The form in which MIT's published networks are written down: `e`, `k`, `s` for expansion, kernel and stride. */
const publishedSchema = z.object({
  id: z.string().min(1),
  resolution: size,
  first_conv: z.object({ k: kernel, s: size, out: size }),
  blocks: z.array(z.object({ k: kernel, s: size, cin: size, mid: size, cout: size, residual: z.boolean() })),
  feature_mix: size.nullable(),
  classifier: z.object({ in_features: size, out: size }),
});

type Published = z.infer<typeof publishedSchema>;

function unreadable(message: string, details: Record<string, unknown>): StudioError {
  return new StudioError({
    code: 'architecture.unreadable',
    message,
    remedy: 'Give a JSON document of an architecture: MCUNet Studio’s own form, or that of MIT’s published networks.',
    details,
  });
}

function fromPublished(published: Published): Architecture {
  let channels = published.first_conv.out;
  const blocks = published.blocks.map((block, index): InvertedResidual => {
    if (block.cin !== channels) {
      throw unreadable(`Block ${index} of ${published.id} takes ${block.cin} channels, but ${channels} reach it.`, {
        id: published.id,
        block: index,
      });
    }
    channels = block.cout;
    return {
      expandedChannels: block.mid,
      kernel: block.k,
      strideH: block.s,
      strideW: block.s,
      channels: block.cout,
      residual: block.residual,
    };
  });
  const features = published.feature_mix ?? channels;
  if (features !== published.classifier.in_features) {
    throw unreadable(
      `The classifier of ${published.id} takes ${published.classifier.in_features} features, but ${features} reach it.`,
      { id: published.id },
    );
  }
  return {
    name: published.id,
    input: { height: published.resolution, width: published.resolution, channels: 3 },
    stem: {
      channels: published.first_conv.out,
      kernel: published.first_conv.k,
      strideH: published.first_conv.s,
      strideW: published.first_conv.s,
    },
    blocks,
    headChannels: published.feature_mix,
    classes: published.classifier.out,
  };
}

/**
 * Reads an architecture from a parsed JSON document: our own form, or the one of MIT's published networks (whose
 * images are square with three channels).
 *
 * @throws StudioError `architecture.unreadable` for a document of neither form, `architecture.invalid` for one that
 *   describes an impossible network
 */
export function readArchitecture(document: unknown): Architecture {
  const published = publishedSchema.safeParse(document);
  if (published.success) return validateArchitecture(fromPublished(published.data));
  const own = architectureSchema.safeParse(document);
  if (own.success) return validateArchitecture(own.data);
  const looksPublished = typeof document === 'object' && document !== null && 'first_conv' in document;
  const issue = (looksPublished ? published.error : own.error).issues[0];
  throw unreadable(
    `This is not an architecture: ${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'unknown form'}.`,
    { issues: (looksPublished ? published.error : own.error).issues.slice(0, 5) },
  );
}
