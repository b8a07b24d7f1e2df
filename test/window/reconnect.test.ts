import { expect, it, onTestFinished, vi } from 'vitest';
import { connectService, portTransport, studioService, type StudioClient } from '../../main/contract/index.ts';
import { DesktopPorts, type PortWindow } from '../../renderer/state/desktopPorts.ts';
import { useStudio } from '../../renderer/state/studio.ts';

/** The desktop app's page when its service stopped: the new one's port comes without being asked for. */
function openPage() {
  const page = new EventTarget();
  /** As the preload script hands a port over; gives the service's end. */
  const send = (): MessagePort => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    page.dispatchEvent(Object.assign(new Event('message'), { source: page, data: 'studio:port', ports: [port2] }));
    return port1;
  };
  return { ports: new DesktopPorts(page as unknown as PortWindow), send };
}

const state = () => useStudio.getState();

/** A page that is connected, and attaches itself to a service that was started again. */
async function openConnected() {
  const { ports, send } = openPage();
  let serviceEnd: MessagePort | null = null;
  const connect = (port: Parameters<typeof portTransport>[0]): StudioClient =>
    connectService(studioService, portTransport(port));
  onTestFinished(ports.onUnasked((port) => state().attach(connect(port))));
  const port = await ports.ask(() => Promise.resolve(void (serviceEnd = send())));
  state().attach(connect(port));
  return { send, end: () => serviceEnd?.close() };
}

it('is told that the service is gone, until the new one is there', async () => {
  const { send, end } = await openConnected();
  end();
  await vi.waitFor(() => expect(state()).toMatchObject({ client: null, lost: { code: 'contract.closed' } }));
  send();
  expect(state().client).not.toBeNull();
  expect(state().lost).toBeNull();
});

it('is connected to the new service, even before it hears that the old one is gone', async () => {
  const { send, end } = await openConnected();
  const before = state().client;
  send();
  end();
  await expect(before?.call('jobs.list', {})).rejects.toMatchObject({ code: 'contract.closed' });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(state().client).not.toBeNull();
  expect(state().client).not.toBe(before);
  expect(state().lost).toBeNull();
});

it('takes neither what was asked for as news, nor news for an answer that was refused', async () => {
  const { ports, send } = openPage();
  const news = vi.fn();
  ports.onUnasked(news);
  await ports.ask(() => Promise.resolve(void send()));
  expect(news).not.toHaveBeenCalled();
  await expect(ports.ask(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  send();
  expect(news).toHaveBeenCalledOnce();
});
