import type { IpcMain, IpcMainInvokeEvent, WebFrameMain } from 'electron';
import { z } from 'zod';
import { CHANNELS } from './channels.ts';
import { isOwnAddress } from './security.ts';

const title = z.string().max(200);
export const chooseFileSchema = z.strictObject({ title, extensions: z.array(z.string().regex(/^\w{1,10}$/)).max(20) });
export const chooseFolderSchema = z.strictObject({ title });

export interface BridgeHandlers {
  /** Makes a new connection to the service for the window that asks. */
  readonly connect: (frame: WebFrameMain) => void;
  readonly chooseFile: (options: z.infer<typeof chooseFileSchema>) => Promise<string | null>;
  readonly chooseFolder: (options: z.infer<typeof chooseFolderSchema>) => Promise<string | null>;
}

/** Only the top frame of one of our own pages is listened to. */
function validSender(event: IpcMainInvokeEvent): WebFrameMain {
  const frame = event.senderFrame;
  if (frame === null || frame.parent !== null || !isOwnAddress(frame.url)) {
    throw new Error(`A message from ${frame?.url ?? 'a closed frame'} was refused.`);
  }
  return frame;
}

/** Answers the preload script: senders and parameters are checked before anything is done. */
export function handleBridge(ipc: Pick<IpcMain, 'handle'>, handlers: BridgeHandlers): void {
  ipc.handle(CHANNELS.connect, (event) => handlers.connect(validSender(event)));
  ipc.handle(CHANNELS.chooseFile, (event, options: unknown) => {
    validSender(event);
    return handlers.chooseFile(chooseFileSchema.parse(options));
  });
  ipc.handle(CHANNELS.chooseFolder, (event, options: unknown) => {
    validSender(event);
    return handlers.chooseFolder(chooseFolderSchema.parse(options));
  });
}
