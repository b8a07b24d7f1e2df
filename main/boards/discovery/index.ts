export * from './discover.ts';
export * from './drives.ts';
export { kindNames, type ProbeKind } from './kinds.ts';
export { realSystem } from './realSystem.ts';
export type { MountedRecord, SerialRecord, SystemView, UsbRecord } from './system.ts';
export * from './watcher.ts';
