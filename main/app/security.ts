import type { BrowserWindowConstructorOptions, Session, WebContents } from 'electron';

/** Where the window's page lives: a scheme of our own, so that no file address and no server is involved. */
export const SCHEME = 'mcunet';
export const ORIGIN = `${SCHEME}://studio`;

/** A window whose page is as powerless as a page in a browser. */
export function windowOptions(preload: string): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 820,
    minWidth: 1024,
    minHeight: 640,
    show: false,
    title: 'MCUNet Studio',
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  };
}

/** Whether an address is a page of ours. */
export function isOwnAddress(address: string): boolean {
  try {
    const { protocol, host } = new URL(address);
    return protocol === `${SCHEME}:` && host === 'studio';
  } catch {
    return false;
  }
}

/** No navigation away, no new windows, no embedded pages. */
export function confine(contents: WebContents): void {
  contents.on('will-navigate', (event) => {
    if (!isOwnAddress(event.url)) event.preventDefault();
  });
  contents.on('will-redirect', (event) => {
    if (!isOwnAddress(event.url)) event.preventDefault();
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** The window may use a camera and a microphone, to record data; nothing else that a page can ask for. */
export function restrictPermissions(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(permission === 'media' && isOwnAddress(contents.getURL())),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => permission === 'media' && isOwnAddress(origin));
  session.setDevicePermissionHandler(() => false);
}

/** Cancels every request of the window that would leave the app, and tells its address. */
export function denyForeignRequests(session: Session, tell: (address: string) => void): void {
  session.webRequest.onBeforeRequest((details, answer) => {
    const own = isOwnAddress(details.url) || /^(blob|data|devtools):/.test(details.url);
    if (!own) tell(details.url);
    answer({ cancel: !own });
  });
}
