import type * as Electron from 'electron';
import { join } from 'node:path';
import { handleBridge } from './bridge.ts';
import { CHANNELS } from './channels.ts';
import { describeCrash, offerCrashReport } from './crashReports.ts';
import { readOpenRequest, type OpenRequest } from './deepLink.ts';
import { menuTemplate } from './menu.ts';
import { servePage } from './pages.ts';
import { Wakefulness } from './powerSave.ts';
import { confine, denyForeignRequests, ORIGIN, restrictPermissions, SCHEME, windowOptions } from './security.ts';

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

  const service = startService(electron, options);
  // The service counts them with its own, and the window and `doctor` show the sum.
  denyForeignRequests(session.defaultSession, (address) => service.postMessage({ type: 'refused', address }));
  const window = new electron.BrowserWindow(windowOptions(options.preload));
  handleBridge(electron.ipcMain, {
    connect(frame) {
      const { port1, port2 } = new electron.MessageChannelMain();
      service.postMessage({ type: 'connect' }, [port1]);
      frame.postMessage(CHANNELS.port, null, [port2]);
    },
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
  watchForCrashes(electron, window, options);

  electron.Menu.setApplicationMenu(electron.Menu.buildFromTemplate(menuTemplate(process.platform)));
  window.once('ready-to-show', () => window.show());
  window.webContents.once('did-finish-load', () => open(readOpenRequest(options.argv)));
  await window.loadURL(`${ORIGIN}/`);
  return window;
}

/** The service runs beside the window, so that neither long work nor a crash of it stops the other. */
function startService(electron: ElectronApi, options: ApplicationOptions): Electron.UtilityProcess {
  const service = electron.utilityProcess.fork(options.serviceEntry, ['--workspace', options.workspace], {
    serviceName: 'MCUNet Studio service',
    stdio: 'inherit',
  });
  const wakefulness = new Wakefulness(electron.powerSaveBlocker);
  service.on('message', (message: unknown) => {
    if (isJobsMessage(message)) wakefulness.update(message.running);
  });
  service.on('exit', () => wakefulness.update(0));
  return service;
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
