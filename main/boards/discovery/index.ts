export * from './discover.ts';
export * from './drives.ts';
export { kindNames, type ProbeKind } from './kinds.ts';
export { realSystem } from './realSystem.ts';
export type { MountedRecord, SerialRecord, SystemView, UsbRecord } from './system.ts';
export { listUsb, readStrings, takeTurn, type ListUsb } from './usbTurns.ts';
export * from './watcher.ts';
