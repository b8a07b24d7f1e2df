import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SOCKET_PATH, SOCKET_PROTOCOL, TOKEN_PREFIX } from '../contract/index.ts';

/** Why a connection was not let in; null where it was. */
export type Refusal = 'wrong-path' | 'wrong-host' | 'wrong-origin' | 'wrong-token' | null;

/**
 * Whether a WebSocket may be opened: addressed to this machine, from a page that this server served, by somebody who
 * knows the token. A browser cannot forge Origin, and a page from elsewhere cannot know the token.
 */
export function admit(request: IncomingMessage, hosts: readonly string[], token: string): Refusal {
  const { host, origin, 'sec-websocket-protocol': protocols } = request.headers;
  if (request.url !== SOCKET_PATH) return 'wrong-path';
  if (host === undefined || !hosts.includes(host)) return 'wrong-host';
  if (origin === undefined || !hosts.some((own) => origin === `http://${own}`)) return 'wrong-origin';
  const offered = (protocols ?? '').split(',').map((name) => name.trim());
  const given = offered.find((name) => name.startsWith(TOKEN_PREFIX))?.slice(TOKEN_PREFIX.length) ?? '';
  return offered.includes(SOCKET_PROTOCOL) && sameText(given, token) ? null : 'wrong-token';
}

/** Takes as long for a token that is nearly right as for one that is not. */
function sameText(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
