import { readFile, realpath } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, sep } from 'node:path';

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
 * Nothing from elsewhere, no inline script, no eval but WebAssembly; styles may be set by the interface library. The page
 * may talk to the server that it came from, and to nothing else.
 */
function securityHeaders(origins: readonly string[]): Record<string, string> {
  const sockets = origins.map((origin) => origin.replace(/^http/, 'ws')).join(' ');
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "media-src 'self' blob:",
      "font-src 'self'",
      `connect-src 'self' ${sockets}`,
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
    'permissions-policy': 'geolocation=(), usb=(), serial=(), camera=(self), microphone=(self)',
    'cache-control': 'no-cache',
  };
}

/**
 * Answers requests for the built window's files. A request that was not addressed to this machine by name (a rebound
 * DNS name) is refused; so is any method but GET and HEAD; a path that leads out of the folder is not found.
 */
export function pageHandler(
  folder: string,
  hosts: () => readonly string[],
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const headers = securityHeaders(hosts().map((host) => `http://${host}`));
    const answer = (status: number, body: Uint8Array | null, type: string | null): void => {
      response.writeHead(status, { ...headers, ...(type === null ? {} : { 'content-type': type }) });
      response.end(request.method === 'HEAD' || body === null ? undefined : body);
    };
    if (!hosts().includes(request.headers.host ?? '')) return answer(421, null, null);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, null, null);
    findFile(folder, request.url ?? '/').then(
      (found) => (found === null ? answer(404, null, null) : answer(200, found.bytes, found.type)),
      () => answer(404, null, null),
    );
  };
}

async function findFile(folder: string, url: string): Promise<{ bytes: Uint8Array; type: string } | null> {
  const root = await realpath(folder);
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  if (path.includes('\0')) return null;
  const file = await realpath(join(root, path === '/' ? 'index.html' : path));
  const type = types[extname(file)];
  if (!file.startsWith(root + sep) || type === undefined) return null;
  return { bytes: await readFile(file), type };
}
