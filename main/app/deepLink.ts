import { fileURLToPath } from 'node:url';

/** What the app was asked to open, from outside. */
export type OpenRequest =
  { readonly kind: 'run'; readonly id: string } | { readonly kind: 'file'; readonly path: string } | null;

/** Desktops hand files over as paths, or as `file:` addresses; null for an address that is no file of this computer. */
function localPath(argument: string): string | null {
  if (!argument.startsWith('file:')) return argument;
  try {
    return fileURLToPath(argument);
  } catch {
    return null;
  }
}

/**
 * Reads the last argument of a start: `mcunet-studio://run/ID`, or the path of a model or project. Anything else,
 * options of Chromium included, is nothing.
 */
export function readOpenRequest(argv: readonly string[]): OpenRequest {
  const last = argv.at(-1) ?? '';
  const run = /^mcunet-studio:\/\/run\/([a-z0-9-]{1,80})\/?$/.exec(last);
  if (run) return { kind: 'run', id: run[1] };
  const path = localPath(last);
  return path !== null && /\.(tflite|onnx|mcunet)$/i.test(path) && !path.startsWith('-')
    ? { kind: 'file', path }
    : null;
}
