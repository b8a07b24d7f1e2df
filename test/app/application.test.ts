import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApplication } from '../../main/app/application.ts';
import { CHANNELS } from '../../main/app/channels.ts';
import { readOpenRequest } from '../../main/app/deepLink.ts';
import { menuTemplate } from '../../main/app/menu.ts';
import { OpenRequests } from '../../main/app/openRequests.ts';
import { Retries } from '../../main/app/retries.ts';
import { FakeContents, FakeElectron } from './fakeElectron.ts';

let folder: string;
let fake: FakeElectron;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'app ü '));
  await mkdir(join(folder, 'page'));
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><title>studio</title>');
  await writeFile(join(folder, 'secret.html'), 'secret');
  await symlink(join(folder, 'secret.html'), join(folder, 'page', 'link.html'));
  fake = new FakeElectron();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (argv: readonly string[] = []): ReturnType<typeof startApplication> =>
  startApplication(fake.api, {
    pageFolder: join(folder, 'page'),
    preload: '/bundle/preload.cjs',
    serviceEntry: '/bundle/serviceProcess.js',
    workspace: join(folder, 'workspace'),
    argv,
  });

const ownFrame = { parent: null, url: 'mcunet://studio/', postMessage: (...args: unknown[]) => void posted.push(args) };
let posted: unknown[][] = [];
beforeEach(() => void (posted = []));
const ask = async (channel: string, frame: unknown, ...args: unknown[]): Promise<unknown> =>
  fake.handlers.get(channel)?.({ senderFrame: frame }, ...args);

describe('the window', () => {
  it('gives its page no power', async () => {
    await start();
    expect(fake.sandboxed).toBe(true);
    expect(fake.windows[0].loaded).toBe('mcunet://studio/');
    expect(fake.windows[0].options['webPreferences']).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
    });
  });

  it('cannot navigate away, open windows or embed pages', async () => {
    await start();
    const contents = new FakeContents();
    fake.app.emit('web-contents-created', {}, contents);
    const prevented = (name: string, url: string): boolean => {
      let stopped = false;
      contents.emit(name, { url, preventDefault: () => (stopped = true) });
      return stopped;
    };
    for (const url of [
      'https://example.com/',
      'file:///etc/passwd',
      'mcunet://elsewhere/',
      'javascript:alert(1)',
      'mcunet://studio@evil/',
    ]) {
      expect(prevented('will-navigate', url), url).toBe(true);
      expect(prevented('will-redirect', url), url).toBe(true);
    }
    expect(prevented('will-navigate', 'mcunet://studio/index.html')).toBe(false);
    expect(prevented('will-attach-webview', '')).toBe(true);
    expect(contents.openHandler({ url: 'mcunet://studio/' })).toEqual({ action: 'deny' });
  });

  it('may record from camera and microphone, and is granted nothing else', async () => {
    await start();
    const granted = (permission: string, url: string): boolean => {
      let answer = false;
      fake.permissionRequest({ getURL: () => url }, permission, (yes: boolean) => (answer = yes));
      return answer;
    };
    expect(granted('media', 'mcunet://studio/')).toBe(true);
    expect(granted('media', 'https://example.com/')).toBe(false);
    for (const permission of ['geolocation', 'notifications', 'clipboard-read', 'usb', 'openExternal']) {
      expect(granted(permission, 'mcunet://studio/')).toBe(false);
    }
    expect(fake.permissionCheck(null, 'media', 'mcunet://studio/')).toBe(true);
    expect(fake.permissionCheck(null, 'serial', 'mcunet://studio/')).toBe(false);
  });

  it('reaches nothing but its own files; what it tried is counted', async () => {
    await start();
    const cancelled = (url: string): boolean => {
      let cancel = false;
      fake.beforeRequest({ url }, (answer: { cancel: boolean }) => (cancel = answer.cancel));
      return cancel;
    };
    expect(['mcunet://studio/a.js', 'blob:mcunet://studio/1', 'data:image/png;base64,'].map(cancelled)).toEqual([
      false,
      false,
      false,
    ]);
    expect(['https://example.com/', 'http://127.0.0.1:80/', 'ws://example.com/'].map(cancelled)).toEqual([
      true,
      true,
      true,
    ]);
    await ask(CHANNELS.connect, ownFrame);
    expect(fake.servicePosts.map(({ message }) => message)).toEqual([
      { type: 'refused', address: 'https://example.com/' },
      { type: 'refused', address: 'http://127.0.0.1:80/' },
      { type: 'refused', address: 'ws://example.com/' },
      { type: 'connect' },
    ]);
  });

  it('is served from its folder alone, with a strict policy', async () => {
    await start();
    const get = (path: string): Promise<Response> =>
      fake.schemes.get('mcunet')?.({ url: path }) ?? Promise.reject(new Error('no scheme'));
    const page = await get('mcunet://studio/');
    expect(await page.text()).toContain('studio');
    expect(page.headers.get('content-security-policy')).toMatch(
      /default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/,
    );
    expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    for (const path of [
      'mcunet://studio/../secret.html',
      'mcunet://studio/%2e%2e/secret.html',
      'mcunet://studio/..%2fsecret.html',
      'mcunet://studio/link.html',
      'mcunet://studio/%',
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
    expect((await get('mcunet://other/index.html')).status).toBe(403);
  });
});

describe('the bridge', () => {
  it('hands one end of a channel to the service and the other to the window', async () => {
    await start();
    await ask(CHANNELS.connect, ownFrame);
    expect(fake.servicePosts[0].ports).toEqual([{ name: 'service end' }]);
    expect(posted).toEqual([[CHANNELS.port, null, [{ name: 'window end' }]]]);
  });

  it('refuses senders that are not our top frame, and parameters of another form', async () => {
    await start();
    const strangers = [null, { parent: null, url: 'https://example.com/' }, { parent: {}, url: 'mcunet://studio/' }];
    for (const frame of strangers) {
      for (const channel of [CHANNELS.connect, CHANNELS.chooseFile, CHANNELS.chooseFolder]) {
        await expect(ask(channel, frame, { title: 'x', extensions: [] })).rejects.toThrow(/was refused/);
      }
    }
    await expect(ask(CHANNELS.chooseFile, ownFrame, { title: 'x', extensions: ['../x'] })).rejects.toThrow();
    expect(await ask(CHANNELS.chooseFile, ownFrame, { title: 'A model', extensions: ['tflite'] })).toBe(
      '/a/model.tflite',
    );
    expect(fake.servicePosts).toEqual([]);
  });
});

describe('the app', () => {
  it('is one instance: a second start hands its request over', async () => {
    fake.lockIsFree = false;
    expect(await start()).toBeNull();
    expect(fake.quits).toBe(1);
    fake.lockIsFree = true;
    await start();
    fake.app.emit('second-instance', {}, ['app', 'mcunet-studio://run/demo-1']);
    expect(fake.windows[0].webContents.sent).toEqual([[CHANNELS.open, { kind: 'run', id: 'demo-1' }]]);
  });

  it('keeps what it was asked to open until the page listens, and tells each listener once', () => {
    const requests = new OpenRequests();
    const heard: unknown[] = [];
    requests.push({ kind: 'run', id: 'early' });
    const stop = requests.listen((request) => heard.push(request));
    requests.push({ kind: 'file', path: '/late.onnx' });
    stop();
    requests.push({ kind: 'run', id: 'between' });
    requests.listen((request) => heard.push(request));
    expect(heard).toEqual([
      { kind: 'run', id: 'early' },
      { kind: 'file', path: '/late.onnx' },
      { kind: 'run', id: 'between' },
    ]);
  });

  it('reads what it is asked to open, and nothing into anything else', () => {
    expect(readOpenRequest(['app', '/models/ä b.tflite'])).toEqual({ kind: 'file', path: '/models/ä b.tflite' });
    // As desktops on Linux say it (`%U` of the desktop entry).
    expect(readOpenRequest(['app', 'file:///models/%C3%A4%20b.tflite'])).toEqual({
      kind: 'file',
      path: '/models/ä b.tflite',
    });
    expect(readOpenRequest(['mcunet-studio://run/abc-1/'])).toEqual({ kind: 'run', id: 'abc-1' });
    for (const last of [
      'mcunet-studio://run/../x',
      'mcunet-studio://other/abc',
      '--inspect=x.tflite',
      'notes.txt',
      'file://elsewhere.invalid/share/x.tflite',
      'file:///%2Fx.tflite',
      '',
    ]) {
      expect(readOpenRequest(['app', last]), last).toBeNull();
    }
  });

  it('keeps the computer awake while jobs run, and only then', async () => {
    await start();
    fake.services.at(-1)?.emit('message', { type: 'jobs', running: 2 });
    fake.services.at(-1)?.emit('message', { type: 'jobs', running: 1 });
    expect(fake.blockers.size).toBe(1);
    fake.services.at(-1)?.emit('message', { type: 'jobs', running: 0 });
    expect(fake.blockers.size).toBe(0);
    fake.services.at(-1)?.emit('message', { type: 'jobs', running: 1 });
    fake.services.at(-1)?.emit('exit');
    fake.services.at(-1)?.emit('message', { type: 'other' });
    expect(fake.blockers.size).toBe(0);
  });

  it('shows a crash before it is saved, saves it only when told to, and stays on this computer', async () => {
    await start();
    const reports = join(folder, 'workspace', 'crash-reports');
    const crash = async (answer: number): Promise<void> => {
      fake.messageBoxAnswer = answer;
      fake.windows[0].webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 5 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await crash(1);
    expect(fake.messageBoxes[0].detail).toContain('crashed (5)');
    expect(existsSync(reports)).toBe(false);
    await crash(0);
    expect(readdirSync(reports)).toHaveLength(1);
  });
});

describe('after a crash', () => {
  const endService = (): unknown => fake.services.at(-1)?.emit('exit', 1);
  const loseProcess = async (reason = 'crashed'): Promise<void> => {
    fake.windows[0].webContents.emit('render-process-gone', {}, { reason, exitCode: 5 });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const told = (): string[] => fake.messageBoxes.map(({ message }) => message);

  it('the service is started again, and the window is connected to it', async () => {
    await start();
    await ask(CHANNELS.connect, ownFrame);
    fake.services[0].emit('error', 'FatalError', 'v8', 'out of memory');
    endService();
    expect(fake.services).toHaveLength(2);
    expect(fake.servicePosts.at(-1)).toEqual({ to: 1, message: { type: 'connect' }, ports: [{ name: 'service end' }] });
    expect(fake.windows[0].webContents.posted).toEqual([[CHANNELS.port, null, [{ name: 'window end' }]]]);
    fake.services[1].emit('message', { type: 'jobs', running: 1 });
    expect(fake.blockers.size).toBe(1);
  });

  it('a window without its page is left alone: the page asks when it is there', async () => {
    await start();
    const contents = fake.windows[0].webContents;
    contents.isCrashed = () => true;
    endService();
    contents.isCrashed = () => false;
    contents.mainFrame.url = 'about:blank';
    endService();
    fake.windows[0].isDestroyed = () => true;
    endService();
    expect(contents.posted).toEqual([]);
  });

  it('a service that ends again and again is given up and told of, until somebody asks for it', async () => {
    await start();
    for (let time = 0; time < 4; time++) endService();
    expect(fake.services).toHaveLength(4);
    expect(told()).toEqual([expect.stringMatching(/^The service stopped 4 times within 5 minutes/)]);
    fake.beforeRequest({ url: 'https://example.com/' }, () => undefined);
    await ask(CHANNELS.connect, ownFrame);
    expect(fake.services).toHaveLength(5);
    expect(fake.servicePosts.at(-1)).toMatchObject({ to: 4, message: { type: 'connect' } });
  });

  it('the service is not started again while the app is being left', async () => {
    await start();
    fake.app.emit('before-quit');
    endService();
    expect(fake.services).toHaveLength(1);
    expect(told()).toEqual([]);
  });

  it('the page is loaded again, but not for ever', async () => {
    await start();
    const contents = fake.windows[0].webContents;
    await loseProcess('clean-exit');
    expect(contents.reloads).toBe(0);
    for (const reason of ['crashed', 'oom', 'killed', 'crashed']) await loseProcess(reason);
    expect(contents.reloads).toBe(3);
    expect(told().at(-1)).toMatch(/^The page in this window stopped 4 times/);
  });

  it.each(['linux', 'darwin', 'win32'] as const)('the menu can load the page again: %s', (platform) => {
    const entries = menuTemplate(platform).flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []));
    expect(entries).toContainEqual({ role: 'reload' });
  });

  it('what stopped long ago does not count', () => {
    const retries = new Retries(2, 5);
    const seconds = [0, 10, 299, 301, 302, 311, 312];
    expect(seconds.map((second) => retries.allow(second * 1000))).toEqual([
      true,
      true,
      false,
      true,
      false,
      true,
      false,
    ]);
  });
});
