import type { IncomingMessage, ServerResponse } from 'node:http';
import { pageFile, pageHeaders } from '../processes/index.ts';

/** The page may talk to the server that it came from, and to nothing else. */
function headersFor(origins: readonly string[]): Record<string, string> {
  return {
    ...pageHeaders(origins.map((origin) => origin.replace(/^http/, 'ws'))),
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
    const headers = headersFor(hosts().map((host) => `http://${host}`));
    const answer = (status: number, body: Uint8Array | null, type: string | null): void => {
      response.writeHead(status, { ...headers, ...(type === null ? {} : { 'content-type': type }) });
      response.end(request.method === 'HEAD' || body === null ? undefined : body);
    };
    if (!hosts().includes(request.headers.host ?? '')) return answer(421, null, null);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(405, null, null);
    const address = URL.canParse(request.url ?? '/', 'http://localhost')
      ? new URL(request.url ?? '/', 'http://localhost')
      : null;
    if (address === null) return answer(404, null, null);
    void pageFile(folder, address.pathname).then((found) =>
      found === null ? answer(404, null, null) : answer(200, found.bytes, found.type),
    );
  };
}
