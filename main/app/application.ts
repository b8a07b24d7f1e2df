import type * as Electron from 'electron';
import { join } from 'node:path';
import { handleBridge } from './bridge.ts';
import { CHANNELS } from './channels.ts';
import { describeCrash, offerCrashReport } from './crashReports.ts';
import { readOpenRequest, type OpenRequest } from './deepLink.ts';
import { menuTemplate } from './menu.ts';
import { servePage } from './pages.ts';
import { Wakefulness } from './powerSave.ts';
import { Retries } from './retries.ts';
import {
  confine,
  denyForeignRequests,
  isOwnAddress,
  ORIGIN,
  restrictPermissions,
  SCHEME,
  windowOptions,
} from './security.ts';
import { ServiceHost, type ServiceListeners } from './serviceHost.ts';

/** The part of Electron that the app uses; tests hand in a stand-in. */
export type ElectronApi = Pick<
  typeof Electron,
  | 'app'
  | 'BrowserWindow'
  | 'dialog'
  | 'ipcMain'
  | 'Menu'
  | 'MessageChannelMain'
  | 'powerSaveBlocker'
  | 'protocol'
  | 'session'
  | 'utilityProcess'
>;

export interface ApplicationOptions {
  /** The built window: index.html and its assets. */
  readonly pageFolder: string;
  /** The bundled preload script and the service's entry for a utility process. */
  readonly preload: string;
  readonly serviceEntry: string;
  readonly workspace: string;
  readonly argv: readonly string[];
}

/** What the service's process tells the app beside what goes to the window: how many jobs run. */
interface JobsMessage {
  readonly type: 'jobs';
  readonly running: number;
}

const isJobsMessage = (message: unknown): message is JobsMessage =>
  typeof message === 'object' &&
  message !== null &&
  (message as JobsMessage).type === 'jobs' &&
  Number.isInteger((message as JobsMessage).running);

/** How often within so many minutes a part that stopped is started again: what stops at once would go on for ever. */
const mostRestarts = 3;
const restartMinutes = 5;

/**
 * Starts the desktop app: one instance, one window, the service in a process of its own. Resolves when the window
 * loads, or with null where another instance took the request over.
 */
export async function startApplication(
  electron: ElectronApi,
  options: ApplicationOptions,
): Promise<Electron.BrowserWindow | null> {
  const { app, protocol, session } = electron;
  if (!app.requestSingleInstanceLock()) {
    app.quit();
    return null;
  }
  protocol.registerSchemesAsPrivileged([
    {
      scheme: SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
  ]);
  app.enableSandbox();
  app.setAsDefaultProtocolClient('mcunet-studio');
  await app.whenReady();

  protocol.handle(SCHEME, (request) => servePage(options.pageFolder, request.url));
  restrictPermissions(session.defaultSession);
  app.on('web-contents-created', (_event, contents) => confine(contents));

  const connect = (frame: Electron.WebFrameMain): void => {
    const { port1, port2 } = new electron.MessageChannelMain();
    service.connect(port1);
    frame.postMessage(CHANNELS.port, null, [port2]);
  };
  const service = startService(electron, options, {
    onRestart: () => {
      const page = pageOf(window);
      if (page !== null) connect(page);
    },
    onGiveUp: () => tellStopped(electron, window, 'The service', 'start it'),
  });
  // The service counts them with its own, and the window and `doctor` show the sum.
  denyForeignRequests(session.defaultSession, (address) => service.tell({ type: 'refused', address }));
  const window = new electron.BrowserWindow(windowOptions(options.preload));
  handleBridge(electron.ipcMain, {
    connect,
    chooseFile: ({ title, extensions }) =>
      chooseOne(electron, window, { title, properties: ['openFile'], filters: [{ name: title, extensions }] }),
    chooseFolder: ({ title }) => chooseOne(electron, window, { title, properties: ['openDirectory'] }),
  });

  const open = (request: OpenRequest): void => {
    if (window.isMinimized()) window.restore();
    window.focus();
    if (request !== null) window.webContents.send(CHANNELS.open, request);
  };
  app.on('second-instance', (_event, argv) => open(readOpenRequest(argv)));
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(readOpenRequest([url]));
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    open(readOpenRequest([path]));
  });
  app.on('window-all-closed', () => app.quit());
  app.on('before-quit', () => service.leave());
  watchForCrashes(electron, window, options);
  reloadAfterCrashes(electron, window);

  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(menuTemplate(process.platform)));
  window.once('ready-to-show', () => window.show());
  window.webContents.once('did-finish-load', () => open(readOpenRequest(options.argv)));
  await window.loadURL(`${ORIGIN}/`);
  return window;
}

/** The service runs beside the window, so that neither long work nor a crash of it stops the other. */
function startService(
  electron: ElectronApi,
  options: ApplicationOptions,
  listeners: Pick<ServiceListeners, 'onRestart' | 'onGiveUp'>,
): ServiceHost {
  const wakefulness = new Wakefulness(electron.powerSaveBlocker);
  const fork = (): Electron.UtilityProcess =>
    electron.utilityProcess.fork(options.serviceEntry, ['--workspace', options.workspace], {
      serviceName: 'MCUNet Studio service',
      stdio: 'inherit',
    });
  return new ServiceHost(fork, new Retries(mostRestarts, restartMinutes), {
    ...listeners,
    onMessage: (message) => {
      if (isJobsMessage(message)) wakefulness.update(message.running);
    },
    onExit: () => wakefulness.update(0),
  });
}

/** The page in the window, or null where there is none just now: then it asks for a connection when it is there. */
function pageOf(window: Electron.BrowserWindow): Electron.WebFrameMain | null {
  if (window.isDestroyed() || window.webContents.isCrashed()) return null;
  const { mainFrame } = window.webContents;
  return isOwnAddress(mainFrame.url) ? mainFrame : null;
}

/** A page whose process is gone is loaded again; its work goes on in the service meanwhile. */
function reloadAfterCrashes(electron: ElectronApi, window: Electron.BrowserWindow): void {
  const retries = new Retries(mostRestarts, restartMinutes);
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    if (!retries.allow(performance.now())) return tellStopped(electron, window, 'The page in this window', 'load it');
    // Not within the event: the process that is gone is still being put away.
    setImmediate(() => {
      if (!window.isDestroyed()) window.webContents.reload();
    });
  });
}

/** Says that something stopped too often to be started again, and how the user can. */
function tellStopped(electron: ElectronApi, window: Electron.BrowserWindow, what: string, again: string): void {
  if (window.isDestroyed()) return;
  void electron.dialog.showMessageBox(window, {
    type: 'error',
    title: 'MCUNet Studio',
    message: `${what} stopped ${mostRestarts + 1} times within ${restartMinutes} minutes, so it is not started again by itself.`,
    detail: `Choose View → Reload to ${again} once more. What finished steps of a run have made is kept.`,
    buttons: ['OK'],
  });
}

async function chooseOne(
  electron: ElectronApi,
  window: Electron.BrowserWindow,
  options: Electron.OpenDialogOptions,
): Promise<string | null> {
  const { canceled, filePaths } = await electron.dialog.showOpenDialog(window, options);
  return canceled ? null : (filePaths[0] ?? null);
}

/** A crash is told, shown in full, and kept only if the user wants to. */
function watchForCrashes(electron: ElectronApi, window: Electron.BrowserWindow, options: ApplicationOptions): void {
  const facts = (): { version: string; platform: string; at: Date } => ({
    version: electron.app.getVersion(),
    platform: `${process.platform}-${process.arch}`,
    at: new Date(),
  });
  const ask = async (text: string): Promise<boolean> => {
    const { response } = await electron.dialog.showMessageBox(window, {
      type: 'error',
      title: 'MCUNet Studio',
      message: 'A part of MCUNet Studio stopped. Save this report on this computer? It is not sent anywhere.',
      detail: text,
      buttons: ['Save report', 'Do not save'],
      cancelId: 1,
    });
    return response === 0;
  };
  const tell = (where: string, reason: unknown): void => {
    const folder = join(options.workspace, 'crash-reports');
    void offerCrashReport(describeCrash(where, reason, facts()), folder, ask).catch((error: unknown) =>
      electron.dialog.showErrorBox('MCUNet Studio', `The report could not be saved: ${String(error)}`),
    );
  };
  window.webContents.on('render-process-gone', (_event, details) => {
    if (details.reason !== 'clean-exit') tell('window', `${details.reason} (${details.exitCode})`);
  });
  electron.app.on('child-process-gone', (_event, details) => {
    if (details.reason !== 'clean-exit' && details.reason !== 'killed')
      tell(details.name ?? details.type, details.reason);
  });
}
