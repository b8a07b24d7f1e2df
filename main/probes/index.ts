/** What writes an image into a board: OpenOCD, ST-Link, a drive to copy to, QEMU. One interface. */
export type * from './probe.ts';
export { openQemuProbe, type QemuProbeOptions, type VirtualBoardProbe } from './qemuProbe.ts';
export { connect, startFirmware, type StartOptions } from './startFirmware.ts';
export { assertFits, imageBytes, readImage } from './image.ts';
export { OpenocdProbe, type OpenocdOptions } from './openocd/openocdProbe.ts';
export { StLinkProbe, type StLinkProbeOptions } from './stlink/stlinkProbe.ts';
export { endpointsOf, productIds as stlinkProductIds } from './stlink/protocol.ts';
export {
  openPipe,
  type UsbDeviceLike,
  type UsbEndpointLike,
  type UsbInterfaceLike,
  type UsbPipe,
} from './stlink/usbPipe.ts';
export { DriveProbe, type DriveProbeOptions } from './drive/driveProbe.ts';
export { BossaProbe, type BossaPorts, type BossaProbeOptions } from './bossa/bossaProbe.ts';
export { openProbe, type OpenProbeOptions } from './openProbe.ts';
export { parseSelector, type ProbeSelector } from './selector.ts';
export { identifyPlugged } from './identifyPlugged.ts';
export { isStLinkTaken, openStLink } from './usbDevices.ts';
export { checkProbeAccess, type AccessCheck, type AccessTools } from './access.ts';
