/** What writes an image into a board: OpenOCD, ST-Link, a drive to copy to, QEMU. One interface. */
export type * from './probe.ts';
export { openQemuProbe, type QemuProbeOptions } from './qemuProbe.ts';
export { connect, startFirmware, type StartOptions } from './startFirmware.ts';
