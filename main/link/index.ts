/** Framing, protocol and sessions with a running board. */
export type * from './byteStream.ts';
