/**
 * Names by the 12 bits of DBGMCU_IDCODE.DEV_ID, for the sentence that refuses a wrong chip.
 * Source: stlink-org/stlink config/chips/*.chip.
 */
const stm32Names: ReadonlyMap<number, string> = new Map([
  [0x0, 'STM32unknown'],
  [0x410, 'STM32F1xx / MD'],
  [0x411, 'STM32F2xx'],
  [0x412, 'STM32F1xx / LD'],
  [0x413, 'STM32F4x5 / F4x7'],
  [0x414, 'STM32F1xx / HD'],
  [0x415, 'STM32L47x / L48x'],
  [0x416, 'STM32L1xx / Cat / 1'],
  [0x417, 'STM32L0xxx / Cat / 3'],
  [0x418, 'STM32F1xx / CL'],
  [0x419, 'STM32F42x / F43x'],
  [0x420, 'STM32F1xx / VL / MD / LD'],
  [0x421, 'STM32F446'],
  [0x422, 'STM32F302 / F303 / 358'],
  [0x423, 'STM32F401xB / xC'],
  [0x425, 'STM32L0xxx / Cat / 2'],
  [0x427, 'STM32L1xx / Cat / 3'],
  [0x428, 'STM32F1xx / VL / HD'],
  [0x429, 'STM32L1xx / Cat / 2'],
  [0x430, 'STM32F1xx / XLD'],
  [0x431, 'STM32F411xC / xE'],
  [0x432, 'STM32F37x'],
  [0x433, 'STM32F401xD / xE'],
  [0x434, 'STM32F46x / F47x'],
  [0x435, 'STM32L41x / L42x'],
  [0x436, 'STM32L1xx / Cat / 4'],
  [0x437, 'STM32L1xx / Cat / 5'],
  [0x438, 'STM32F303 / F328 / F334'],
  [0x439, 'STM32F301 / F302 / F318'],
  [0x440, 'STM32F05x'],
  [0x441, 'STM32F412'],
  [0x442, 'STM32F09x'],
  [0x443, 'STM32C011xx'],
  [0x444, 'STM32F03x'],
  [0x445, 'STM32F04x'],
  [0x446, 'STM32F302 / F303 / F398 / HD'],
  [0x447, 'STM32L0xxx / Cat / 5'],
  [0x448, 'STM32F07x'],
  [0x449, 'STM32F74x / F75x'],
  [0x450, 'STM32H74x / H75x'],
  [0x451, 'STM32F76x / F77x'],
  [0x452, 'STM32F72x / F73x'],
  [0x453, 'STM32C031xx'],
  [0x455, 'STM32U535 / U545'],
  [0x456, 'STM32G05x / G06x'],
  [0x457, 'STM32L0xxx / Cat / 1'],
  [0x458, 'STM32F410'],
  [0x460, 'STM32G07x / G08x'],
  [0x461, 'STM32L496x / L4A6x'],
  [0x462, 'STM32L45x / L46x'],
  [0x463, 'STM32F413 / F423'],
  [0x464, 'STM32L41x / L42x'],
  [0x466, 'STM32G03x / G04x'],
  [0x467, 'STM32G0Bx / G0Cx'],
  [0x468, 'STM32G43x / G44x'],
  [0x469, 'STM32G47x / G48x'],
  [0x470, 'STM32L4Rx'],
  [0x471, 'STM32L4Px / L4Qx'],
  [0x472, 'STM32L5x2xx'],
  [0x476, 'STM32U5Fx / U5Gx'],
  [0x479, 'STM32G49x / G4Ax'],
  [0x480, 'STM32H7Ax / H7Bx'],
  [0x481, 'STM32U59x / U5Ax'],
  [0x482, 'STM32U575 / U585'],
  [0x483, 'STM32H72x / H73x'],
  [0x484, 'STM32H5xx'],
  [0x495, 'STM32WBx0 / WBx5'],
  [0x497, 'STM32WLEx'],
]);

/**
 * What to call the chip of that id.
 * @param id DEV_ID of an STM32, or INFO.PART of an nRF (its digits are the name: 0x52840)
 */
export function chipName(id: number): string {
  const stm32 = stm32Names.get(id & 0xfff);
  if (id <= 0xfff && stm32 !== undefined) return stm32;
  if (id >>> 12 === 0x52 || id >>> 8 === 0x53) return `nRF${id.toString(16)}`;
  return `an unknown chip (id 0x${id.toString(16)})`;
}
