import { readFile, realpath } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { isOwnAddress, PAGE_HEADERS } from './security.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.wasm': 'application/wasm',
};

const refuse = (status: number): Response => new Response(null, { status, headers: PAGE_HEADERS });

/** Answers the page's own requests from `folder`; a path that leads out of it, by dots or links, is not found. */
export async function servePage(folder: string, address: string): Promise<Response> {
  if (!isOwnAddress(address)) return refuse(403);
  const root = await realpath(folder);
  try {
    const path = decodeURIComponent(new URL(address).pathname);
    const file = await realpath(join(root, path === '/' ? 'index.html' : path));
    const type = types[extname(file)];
    if (!file.startsWith(root + sep) || type === undefined) return refuse(404);
    return new Response(await readFile(file), { headers: { ...PAGE_HEADERS, 'content-type': type } });
  } catch {
    return refuse(404);
  }
}
