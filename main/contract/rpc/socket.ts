/**
 * How the window in a browser reaches the service: a WebSocket on the page's own origin. The token goes along as a
 * subprotocol, the only header that a page may set on a WebSocket; it never is in an address that is logged.
 */
export const SOCKET_PATH = '/service';
export const SOCKET_PROTOCOL = 'mcunet-studio';

export const TOKEN_PREFIX = 'token.';

/** The subprotocol that carries the token. */
export const tokenProtocol = (token: string): string => TOKEN_PREFIX + token;
