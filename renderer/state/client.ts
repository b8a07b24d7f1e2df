import {
  connectService,
  decodeMessage,
  encodeMessage,
  Inbox,
  portTransport,
  SOCKET_PATH,
  SOCKET_PROTOCOL,
  studioService,
  tokenProtocol,
  type MessageTransport,
  type StudioClient,
} from '../../main/contract/index.ts';

/** What the preload script of the desktop app puts into the page; absent in a browser. */
export interface DesktopBridge {
  /** Resolves with the port at whose other end the service is. */
  readonly connect: () => Promise<MessagePort>;
  readonly chooseFile: (options: {
    readonly title: string;
    readonly extensions: readonly string[];
  }) => Promise<string | null>;
  readonly chooseFolder: (options: { readonly title: string }) => Promise<string | null>;
}

declare global {
  interface Window {
    readonly mcunetDesktop?: DesktopBridge;
  }
}

/** The service behind this window: over a port in the desktop app, over a loopback socket in a browser. */
export async function connectStudio(): Promise<StudioClient> {
  const transport = window.mcunetDesktop
    ? portTransport(await window.mcunetDesktop.connect())
    : await socketTransport(window.location);
  return connectService(studioService, transport);
}

/**
 * A transport over the server's WebSocket. The token came in the address's fragment, which is never sent to a server
 * by a page load; it is kept for this tab and taken out of the address bar.
 */
async function socketTransport(location: Location): Promise<MessageTransport> {
  const fragment = new URLSearchParams(location.hash.slice(1)).get('token');
  if (fragment !== null) {
    sessionStorage.setItem('token', fragment);
    history.replaceState(null, '', location.pathname);
  }
  const token = fragment ?? sessionStorage.getItem('token') ?? '';
  const socket = new WebSocket(`ws://${location.host}${SOCKET_PATH}`, [SOCKET_PROTOCOL, tokenProtocol(token)]);
  const inbox = new Inbox();
  socket.addEventListener('message', (event) => inbox.deliver(decodeMessage(event.data as string)));
  socket.addEventListener('close', () => inbox.close());
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('close', () => reject(new Error('refused')), { once: true });
  });
  return {
    send: (message) => socket.send(encodeMessage(message)),
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: () => socket.close(),
  };
}
