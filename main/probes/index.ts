/** What writes an image into a board: OpenOCD, ST-Link, a drive to copy to, QEMU. One interface. */
export type * from './probe.ts';
