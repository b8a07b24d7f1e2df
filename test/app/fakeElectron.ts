import { EventEmitter } from 'node:events';
import type { ElectronApi } from '../../main/app/application.ts';

type Handler = (...args: unknown[]) => unknown;

/** Records what the app asked of Electron, and lets a test play the system's part. */
export class FakeElectron {
  readonly handlers = new Map<string, Handler>();
  readonly schemes = new Map<string, (request: { url: string }) => Promise<Response>>();
  readonly windows: FakeWindow[] = [];
  /** `to`: which of `services`. */
  readonly servicePosts: { to: number; message: unknown; ports: unknown[] }[] = [];
  readonly blockers = new Set<number>();
  permissionRequest: Handler = () => undefined;
  permissionCheck: Handler = () => undefined;
  beforeRequest: Handler = () => undefined;
  quits = 0;
  messageBoxAnswer = 1;
  readonly messageBoxes: { message: string; detail: string }[] = [];
  lockIsFree = true;
  readonly app = Object.assign(new EventEmitter(), {
    requestSingleInstanceLock: () => this.lockIsFree,
    quit: () => void this.quits++,
    enableSandbox: () => void (this.sandboxed = true),
    setAsDefaultProtocolClient: () => true,
    whenReady: () => Promise.resolve(),
    getVersion: () => '1.2.3',
  });
  sandboxed = false;
  /** The service's processes, the last one last. */
  readonly services: EventEmitter[] = [];

  /** The stand-in has the shape that the app uses; the rest of Electron is not there. */
  readonly api = {
    app: this.app,
    BrowserWindow: ((fake: FakeElectron) =>
      class extends FakeWindow {
        constructor(options: Record<string, unknown>) {
          super(options);
          fake.windows.push(this);
        }
      })(this),
    dialog: {
      showOpenDialog: () => Promise.resolve({ canceled: false, filePaths: ['/a/model.tflite'] }),
      showMessageBox: (_window: unknown, options: { message: string; detail: string }) => {
        this.messageBoxes.push(options);
        return Promise.resolve({ response: this.messageBoxAnswer });
      },
      showErrorBox: (_title: string, text: string) => {
        throw new Error(text);
      },
    },
    ipcMain: { handle: (channel: string, handler: Handler) => void this.handlers.set(channel, handler) },
    Menu: { setApplicationMenu: () => undefined, buildFromTemplate: (template: unknown) => template },
    MessageChannelMain: class {
      readonly port1 = { name: 'service end' };
      readonly port2 = { name: 'window end' };
    },
    powerSaveBlocker: {
      start: () => {
        this.blockers.add(7);
        return 7;
      },
      stop: (id: number) => void this.blockers.delete(id),
    },
    protocol: {
      registerSchemesAsPrivileged: () => undefined,
      handle: (scheme: string, handler: (request: { url: string }) => Promise<Response>) =>
        void this.schemes.set(scheme, handler),
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: Handler) => void (this.permissionRequest = handler),
        setPermissionCheckHandler: (handler: Handler) => void (this.permissionCheck = handler),
        setDevicePermissionHandler: () => undefined,
        webRequest: { onBeforeRequest: (handler: Handler) => void (this.beforeRequest = handler) },
      },
    },
    utilityProcess: {
      fork: () => {
        const to = this.services.length;
        const service = Object.assign(new EventEmitter(), {
          postMessage: (message: unknown, ports: unknown[]) => void this.servicePosts.push({ to, message, ports }),
        });
        this.services.push(service);
        return service;
      },
    },
  } as unknown as ElectronApi;
}

export class FakeContents extends EventEmitter {
  readonly sent: unknown[][] = [];
  openHandler: Handler = () => ({ action: 'allow' });
  setWindowOpenHandler(handler: Handler): void {
    this.openHandler = handler;
  }
  send(...message: unknown[]): void {
    this.sent.push(message);
  }
  reloads = 0;
  reload(): void {
    this.reloads++;
  }
  isCrashed = (): boolean => false;
  readonly posted: unknown[][] = [];
  readonly mainFrame = {
    url: 'mcunet://studio/',
    postMessage: (...message: unknown[]) => void this.posted.push(message),
  };
}

class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents();
  readonly options: Record<string, unknown>;
  loaded = '';
  focused = 0;
  constructor(options: Record<string, unknown>) {
    super();
    this.options = options;
  }
  loadURL(address: string): Promise<void> {
    this.loaded = address;
    this.webContents.emit('did-finish-load');
    return Promise.resolve();
  }
  isDestroyed = (): boolean => false;
  isMinimized = (): boolean => false;
  restore = (): void => undefined;
  focus = (): void => void this.focused++;
  show = (): void => undefined;
}
