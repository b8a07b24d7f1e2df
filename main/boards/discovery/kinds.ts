/** What a USB device can be to us. */
export type ProbeKind = 'stlink' | 'jlink' | 'daplink' | 'arduino' | 'arduino-bootloader' | 'stm32-bootloader';

interface Names {
  readonly manufacturer: string | null;
  readonly product: string | null;
}

const stlink = { vendor: 0x0483, products: [0x3748, 0x374a, 0x374b, 0x374e, 0x374f, 0x3752, 0x3753, 0x3754, 0x3757] };
const stmBootloader = { vendor: 0x0483, product: 0xdf11 };
const segger = { vendor: 0x1366, legacy: [0x0101, 0x0102, 0x0103, 0x0104, 0x0105, 0x0107, 0x0108] };
const arduino = { vendor: 0x2341, sketches: [0x805a, 0x015a, 0x025a], bootloaders: [0x005a] };

/**
 * Which kind of probe a USB device is, or null. ST-Link ids as OpenOCD and pyOCD list them, J-Link by probe-rs' rule, DAPLink
 * by the words CMSIS-DAP that its standard demands, Arduino's ids from ArduinoCore-mbed's boards.txt.
 */
export function kindOf(vendorId: number, productId: number, names: Names): ProbeKind | null {
  if (vendorId === stlink.vendor && stlink.products.includes(productId)) return 'stlink';
  if (vendorId === stmBootloader.vendor && productId === stmBootloader.product) return 'stm32-bootloader';
  if (vendorId === segger.vendor) {
    const modern = (productId & 0x1000) !== 0 && (productId & 0x30) !== 0;
    return modern || segger.legacy.includes(productId) ? 'jlink' : null;
  }
  if (vendorId === 0x0d28 && productId === 0x0204) return 'daplink';
  if (/CMSIS-DAP/.test(names.product ?? '')) return 'daplink';
  if (vendorId === arduino.vendor && arduino.bootloaders.includes(productId)) return 'arduino-bootloader';
  if (vendorId === arduino.vendor && arduino.sketches.includes(productId)) return 'arduino';
  return null;
}

export const kindNames: Readonly<Record<ProbeKind, string>> = {
  stlink: 'ST-Link',
  jlink: 'J-Link',
  daplink: 'DAPLink',
  arduino: 'Arduino',
  'arduino-bootloader': "Arduino's bootloader",
  'stm32-bootloader': 'STM32 bootloader',
};
