import type { WebSocket } from 'ws';
import { decodeMessage, encodeMessage, Inbox, type MessageTransport } from '../contract/index.ts';

/** What one client may send and leave unread. */
export interface SocketLimits {
  /** Messages that may come at once, and how many more each second. */
  readonly burst: number;
  readonly perSecond: number;
  /** Bytes that may wait to be read by the client. */
  readonly unreadBytes: number;
}

export const defaultSocketLimits: SocketLimits = { burst: 400, perSecond: 200, unreadBytes: 64 * 1024 * 1024 };

/** WebSocket close codes (RFC 6455, 7.4.1). */
const closing = { badData: 1007, policy: 1008, overloaded: 1013 } as const;

/**
 * A transport over a WebSocket: one JSON text a message. What is no JSON closes it; so do a client that floods it and one
 * that does not read what it asked for.
 */
export function socketTransport(socket: WebSocket, limits: SocketLimits = defaultSocketLimits): MessageTransport {
  const inbox = new Inbox();
  const allowance = tokenBucket(limits);
  const end = (code: number, why: string): void => {
    socket.close(code, why);
    inbox.close();
  };
  socket.on('message', (data, isBinary) => {
    if (inbox.closed) return;
    if (!allowance()) return end(closing.policy, 'too many messages');
    if (isBinary) return end(closing.badData, 'text only');
    let message: unknown;
    try {
      message = decodeMessage(String(data));
    } catch {
      return end(closing.badData, 'no JSON');
    }
    inbox.deliver(message);
  });
  socket.on('close', () => inbox.close());
  // A broken frame or an oversized message: the socket closes by itself right after.
  socket.on('error', () => inbox.close());
  return {
    send(message) {
      if (inbox.closed || socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > limits.unreadBytes) return end(closing.overloaded, 'too slow');
      socket.send(encodeMessage(message));
    },
    onMessage: (listener) => inbox.onMessage(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: () => end(closing.policy, 'closed by the service'),
  };
}

function tokenBucket({ burst, perSecond }: SocketLimits): () => boolean {
  let tokens = burst;
  let at = performance.now();
  return () => {
    const now = performance.now();
    tokens = Math.min(burst, tokens + ((now - at) / 1000) * perSecond);
    at = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
