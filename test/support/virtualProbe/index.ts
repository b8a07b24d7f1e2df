/** Virtual probes and chips: what stands in for hardware in the tests. */
export * from './chip.ts';
export { chips, type ChipModel, type ChipName } from './chips.ts';
export * from './stlink.ts';
export * from './stlinkServer.ts';
export * from './usbDevice.ts';
export * from './bootloader.ts';
export * from './drive.ts';
export * from './cmsisDap.ts';
export * from './usbServer.ts';
