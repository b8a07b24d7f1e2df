/** What the app was asked to open, from outside. */
export type OpenRequest =
  { readonly kind: 'run'; readonly id: string } | { readonly kind: 'file'; readonly path: string } | null;

/**
 * Reads the last argument of a start: `mcunet-studio://run/ID`, or the path of a model or project. Anything else,
 * options of Chromium included, is nothing.
 */
export function readOpenRequest(argv: readonly string[]): OpenRequest {
  const last = argv.at(-1) ?? '';
  const run = /^mcunet-studio:\/\/run\/([a-z0-9-]{1,80})\/?$/.exec(last);
  if (run) return { kind: 'run', id: run[1] };
  return /\.(tflite|onnx|mcunet)$/i.test(last) && !last.startsWith('-') ? { kind: 'file', path: last } : null;
}
