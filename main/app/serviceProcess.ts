import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { MessageEvent as ElectronMessageEvent, MessagePortMain, ParentPort } from 'electron';
import { portTransport, serveClient, studioService, type MessageTransport } from '../contract/index.ts';
import { noteRefused } from '../processes/index.ts';
import { Studio } from '../studio/index.ts';

// The service in a utility process of the desktop app: each window connects over a port of its own.

/** Electron's ports say what they received as Node's emitters do. */
export function electronPortTransport(port: MessagePortMain): MessageTransport {
  return portTransport({
    postMessage: (message) => port.postMessage(message),
    addEventListener: (type, listener) => {
      if (type === 'message') port.on('message', ({ data }: { data: unknown }) => listener({ data }));
      else port.on('close', () => listener({}));
    },
    start: () => port.start(),
    close: () => port.close(),
  });
}

/** Told by the app: the window asked for an address outside, and was refused. */
const refusedSchema = z.object({ type: z.literal('refused'), address: z.string() });

/** Answers connections that come through `parent`, counts what the window was refused, and tells how many jobs run. */
export function runService(parent: Pick<ParentPort, 'on' | 'postMessage'>, studio: Pick<Studio, 'handlers'>): void {
  parent.on('message', ({ data, ports: [port] }: ElectronMessageEvent) => {
    const refused = refusedSchema.safeParse(data);
    if (refused.success) noteRefused(refused.data.address);
    if (port !== undefined) serveClient(studioService, studio.handlers, electronPortTransport(port));
  });
  studio.handlers.events.jobs({}, (jobs) => {
    const running = jobs.filter(({ state }) => state === 'running' || state === 'queued').length;
    parent.postMessage({ type: 'jobs', running });
  });
}

const { parentPort } = process as { readonly parentPort?: ParentPort };
if (parentPort !== undefined) {
  const { values } = parseArgs({ options: { workspace: { type: 'string' } } });
  if (values.workspace === undefined) throw new Error('The service was started without a workspace.');
  runService(parentPort, new Studio(values.workspace));
}
