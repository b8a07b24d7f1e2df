/** Framing, protocol and sessions with a running board. */
export type * from './byteStream.ts';
export type * from './faultRegisters.ts';
export { decodeFrame, encodeFrame, FrameReader, type Frame } from './frames.ts';
export type { BoardHello, ClockSource, LinkCounters } from './protocol.ts';
export { openSerialStream } from './serialStream.ts';
export * from './session.ts';
