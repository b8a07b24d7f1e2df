/**
 * The ST-Link's USB protocol: a command block of 16 bytes, then data in one direction, then (for memory) a command that
 * asks how it went. It is not published by ST; names and codes as in OpenOCD `src/jtag/drivers/stlink_usb.c` and pyOCD
 * `pyocd/probe/stlink/constants.py`, behaviour as those programs need it.
 */
export const command = {
  version: [0xf1],
  debug: 0xf2,
  leaveFirmwareUpdate: [0xf3, 0x07],
  currentMode: [0xf5],
  targetVoltage: [0xf7],
  versionV3: [0xfb],
} as const;

/** Second byte of a debug command (API version 2). */
export const debug = {
  readWords: 0x07,
  writeWords: 0x08,
  readBytes: 0x0c,
  writeBytes: 0x0d,
  exit: 0x21,
  enter: 0x30,
  readRegister: 0x33,
  writeRegister: 0x34,
  writeDebugRegister: 0x35,
  readDebugRegister: 0x36,
  lastStatusShort: 0x3b,
  driveReset: 0x3c,
  lastStatus: 0x3e,
  setSwdDivisor: 0x43,
  setFrequency: 0x61,
} as const;

export const enterSwdWithoutReset = 0xa3;
export const mode = { firmwareUpdate: 0x00, massStorage: 0x01, debug: 0x02 } as const;

export const status = {
  ok: 0x80,
  noDevice: 0x09,
  apWait: 0x10,
  apFault: 0x11,
  dpWait: 0x14,
} as const;

/** What to call the status bytes in details of an error. */
export const statusNames: ReadonlyMap<number, string> = new Map([
  [0x04, 'unknown JTAG chain'],
  [0x05, 'unknown core'],
  [0x09, 'no device connected'],
  [0x10, 'access port waits'],
  [0x11, 'access port fault'],
  [0x12, 'access port error'],
  [0x13, 'access port parity error'],
  [0x14, 'debug port waits'],
  [0x15, 'debug port fault'],
  [0x16, 'debug port error'],
  [0x17, 'write data error'],
  [0x18, 'sticky error'],
  [0x19, 'sticky overrun'],
  [0x1d, 'bad access port'],
  [0x81, 'fault'],
]);

/** USB product ids of the probes, and which generation each is (FLASHING.md §4, from OpenOCD and pyOCD). */
export const productIds: ReadonlyMap<number, 'V2' | 'V2-1' | 'V3'> = new Map([
  [0x3748, 'V2'],
  [0x374a, 'V2-1'],
  [0x374b, 'V2-1'],
  [0x3752, 'V2-1'],
  [0x374e, 'V3'],
  [0x374f, 'V3'],
  [0x3753, 'V3'],
  [0x3754, 'V3'],
  [0x3757, 'V3'],
]);

/** Bulk endpoints: the V2 is alone in sending to 0x02. */
export function endpointsOf(productId: number): { input: number; output: number } {
  return { input: 0x81, output: productId === 0x3748 ? 0x02 : 0x01 };
}
