// Runs in the page's isolated world: one typed bridge, and no Node in the page.
import { contextBridge, ipcRenderer } from 'electron';
import { CHANNELS } from './channels.ts';
import { OpenRequests } from './openRequests.ts';

/** The page's window, as far as this script needs it. */
declare const window: {
  readonly location: { readonly origin: string };
  postMessage(message: string, origin: string, transfer: readonly unknown[]): void;
};

interface Options {
  readonly title: string;
  readonly extensions?: readonly string[];
}

/** A MessagePort cannot pass the bridge as a value; it is handed to the page as a window message. */
ipcRenderer.on(CHANNELS.port, (event) => {
  window.postMessage(CHANNELS.port, window.location.origin, [...event.ports]);
});

const requests = new OpenRequests();
ipcRenderer.on(CHANNELS.open, (_event, request: unknown) => requests.push(request));

contextBridge.exposeInMainWorld('mcunetDesktop', {
  requestPort: (): Promise<void> => ipcRenderer.invoke(CHANNELS.connect) as Promise<void>,
  chooseFile: (options: Options): Promise<string | null> =>
    ipcRenderer.invoke(CHANNELS.chooseFile, options) as Promise<string | null>,
  chooseFolder: (options: Options): Promise<string | null> =>
    ipcRenderer.invoke(CHANNELS.chooseFolder, options) as Promise<string | null>,
  onOpen: (listener: (request: unknown) => void): (() => void) => requests.listen(listener),
});
