/**
 * How the window in a browser reaches the service: a WebSocket on the page's own origin. The token goes along as a
 * subprotocol, the only header that a page may set on a WebSocket; it never is in an address that is logged.
 */
export const SOCKET_PATH = '/service';
export const SOCKET_PROTOCOL = 'mcunet-studio.1';

/** The subprotocol that carries the token: 43 characters of base64url, 256 random bits. */
export const tokenProtocol = (token: string): string => `token.${token}`;
