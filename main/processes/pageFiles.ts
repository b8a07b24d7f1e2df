import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';

/** What the built window consists of; nothing else is handed out. */
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/**
 * A file of the built window by the path of its address; null for what is not there, is of no known kind, or leads out of the
 * folder, by dots or links.
 */
export async function pageFile(
  folder: string,
  pathname: string,
): Promise<{ readonly bytes: Uint8Array; readonly type: string } | null> {
  try {
    const root = await realpath(folder);
    const path = decodeURIComponent(pathname);
    if (path.includes('\0')) return null;
    const file = await realpath(join(root, path === '/' ? 'index.html' : path));
    const type = types[extname(file)];
    if (!file.startsWith(root + sep) || type === undefined) return null;
    return { bytes: await readFile(file), type };
  } catch {
    return null;
  }
}

/**
 * Sent with every file of the window: nothing from elsewhere, no inline script, no eval but WebAssembly; styles may be set by
 * the interface library. The isolation is what SharedArrayBuffer asks for.
 *
 * @param sockets where the page may connect to, beside where it came from
 */
export function pageHeaders(sockets: readonly string[] = []): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "media-src 'self' blob:",
      "font-src 'self'",
      ["connect-src 'self'", ...sockets].join(' '),
      "worker-src 'self' blob:",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  };
}
