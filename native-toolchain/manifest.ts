import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64'] as const;
export type Platform = (typeof PLATFORMS)[number];

const archiveSchema = z.strictObject({
  file: z.string().regex(/^[\w.+-]+$/),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const toolSchema = z.strictObject({
  id: z.enum(['gcc', 'openocd', 'qemu']),
  /** What its makers call it, for the licence page. */
  package: z.string(),
  version: z.string(),
  baseUrl: z.url({ protocol: /^https$/ }),
  licence: z.string(),
  archives: z.record(z.enum(PLATFORMS), archiveSchema),
});

export const manifestSchema = z.strictObject({ $comment: z.string(), tools: z.array(toolSchema).length(3) });

export type ToolManifest = z.infer<typeof toolSchema>;
export type ToolId = ToolManifest['id'];

/** The manifest beside this file. Throws where it is not valid: that is a mistake in the repository. */
export function readManifest(): readonly ToolManifest[] {
  const text = readFileSync(new URL('./manifest.json', import.meta.url), 'utf8');
  return manifestSchema.parse(JSON.parse(text)).tools;
}

/** The platform that this process runs on, or null where nothing is bundled for it. */
export function currentPlatform(): Platform | null {
  const name = `${process.platform}-${process.arch}`;
  return PLATFORMS.find((platform) => platform === name) ?? null;
}
