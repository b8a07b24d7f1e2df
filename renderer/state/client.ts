import {
  connectService,
  decodeMessage,
  encodeMessage,
  Inbox,
  portTransport,
  SOCKET_PATH,
  SOCKET_PROTOCOL,
  StudioError,
  studioService,
  tokenProtocol,
  type MessageTransport,
  type StudioClient,
} from '../../main/contract/index.ts';
import { DesktopPorts } from './desktopPorts.ts';

/** What the preload script of the desktop app puts into the page; absent in a browser. */
export interface DesktopBridge {
  /** Asks for a connection; its port arrives as a message to this window. */
  readonly requestPort: () => Promise<void>;
  readonly chooseFile: (options: {
    readonly title: string;
    readonly extensions: readonly string[];
  }) => Promise<string | null>;
  readonly chooseFolder: (options: { readonly title: string }) => Promise<string | null>;
  /** Calls back with what the app was asked to open from outside, and with what was asked before anybody listened. */
  readonly onOpen: (listener: (request: OpenRequest) => void) => () => void;
}

export type OpenRequest =
  { readonly kind: 'run'; readonly id: string } | { readonly kind: 'file'; readonly path: string };

declare global {
  interface Window {
    readonly mcunetDesktop?: DesktopBridge;
  }
}

const desktopPorts = window.mcunetDesktop ? new DesktopPorts(window) : null;

/** The service behind this window: over a port in the desktop app, over a loopback socket in a browser. */
export async function connectStudio(): Promise<StudioClient> {
  const bridge = window.mcunetDesktop;
  const transport =
    bridge && desktopPorts
      ? portTransport(await desktopPorts.ask(bridge.requestPort))
      : await socketTransport(window.location);
  return connectService(studioService, transport);
}

/** Calls back with a new connection when the desktop app has started the service again. */
export function onServiceRestart(listener: (client: StudioClient) => void): () => void {
  if (desktopPorts === null) return () => undefined;
  return desktopPorts.onUnasked((port) => listener(connectService(studioService, portTransport(port))));
}

let runInAddress: string | null = null;

/** The run that the address of a browser's page named (`#token=…&run=ID`), once. */
export function requestInAddress(): OpenRequest | null {
  const id = runInAddress;
  runInAddress = null;
  return id === null ? null : { kind: 'run', id };
}

/**
 * A transport over the server's WebSocket. The token came in the address's fragment, which is never sent to a server
 * by a page load; it is kept for this tab and taken out of the address bar.
 */
async function socketTransport(location: Location): Promise<MessageTransport> {
  const address = new URLSearchParams(location.hash.slice(1));
  const fragment = address.get('token');
  runInAddress ??= address.get('run');
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
    socket.addEventListener('close', () => reject(refused()), { once: true });
  });
  return {
    send: (message) => socket.send(encodeMessage(message)),
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: () => socket.close(),
  };
}

const refused = (): StudioError =>
  new StudioError({
    code: 'contract.closed',
    message:
      'The service of MCUNet Studio cannot be reached: it has ended, or the address of this page lacks its token.',
    remedy: 'Start it again, and open the address that it prints.',
  });
