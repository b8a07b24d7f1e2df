import { z } from 'zod';

const tensorSchema = z.object({
  name: z.string(),
  shape: z.array(z.int()),
  type: z.string(),
  bytes: z.int(),
  scale: z.number().nullable(),
  zeroPoint: z.number().nullable(),
});

/** A model as `inspect` shows it: no weights. */
export const modelInfoSchema = z.object({
  name: z.string(),
  /** SHA-256 of the file, in hexadecimal. */
  sha256: z.string(),
  fileBytes: z.int(),
  inputs: z.array(tensorSchema),
  outputs: z.array(tensorSchema),
  operators: z.array(
    z.object({
      index: z.int(),
      name: z.string(),
      kind: z.string(),
      inputShapes: z.array(z.array(z.int())),
      outputShapes: z.array(z.array(z.int())),
      /** Indices of the operators whose outputs this one reads. */
      from: z.array(z.int()),
      macs: z.int(),
      parameters: z.int(),
      weightBytes: z.int(),
      /** Kernel, stride, padding and the like, as short text by name. */
      options: z.record(z.string(), z.string()),
    }),
  ),
  macs: z.int(),
  parameters: z.int(),
  weightBytes: z.int(),
  /** The largest sum of activations that live at once, layer by layer; a lower bound of what it needs that way. */
  peakActivationBytes: z.int(),
});
export type ModelInfo = z.infer<typeof modelInfoSchema>;
