import { once } from 'node:events';
import { WebSocket } from 'ws';
import {
  connectService,
  decodeMessage,
  encodeMessage,
  Inbox,
  SOCKET_PROTOCOL,
  studioService,
  type StudioClient,
} from '../../main/contract/index.ts';

/** A client of a running `mcunet serve`, by the address that it printed: what the window is. */
export async function connectTo(address: string): Promise<StudioClient> {
  const url = new URL(address);
  const token = new URLSearchParams(url.hash.slice(1)).get('token') ?? '';
  const socket = new WebSocket(`ws://${url.host}/service`, [SOCKET_PROTOCOL, `token.${token}`], { origin: url.origin });
  const inbox = new Inbox();
  socket.on('message', (data) => inbox.deliver(decodeMessage(String(data))));
  socket.on('close', () => inbox.close());
  await once(socket, 'open');
  return connectService(studioService, {
    send: (message) => socket.send(encodeMessage(message)),
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: () => socket.close(),
  });
}
