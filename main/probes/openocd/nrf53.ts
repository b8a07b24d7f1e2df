import type { Slice } from '../image.ts';

/**
 * Flash of the nRF5340's application core, written through its controller by the script itself: OpenOCD 0.12 has no driver
 * for it. Registers of NVMC as in the nRF5340 Product Specification: CONFIG says read, write or erase; a page is erased by
 * writing all ones to its first word; a store of a word programs it.
 */
const nvmc = { ready: 0x50039400, config: 0x50039504 };
const mode = { read: 0, write: 1, erase: 2 };

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;

export const nrf53Procedures = `
proc mcunet_wait {} {
  for {set look 0} {$look < 1000} {incr look} {
    if {[read_memory ${hex(nvmc.ready)} 32 1] & 1} { return }
    sleep 1
  }
  error "mcunet: the Flash controller stays busy"
}
proc mcunet_mode {mode} { mwwait ${hex(nvmc.config)} $mode }
proc mwwait {address value} { mww $address $value; mcunet_wait }
`;

/** Commands that erase a slice's pages and write it. */
export function nrf53Write(slice: Slice, file: string): string[] {
  return [
    `mcunet_mode ${mode.erase}`,
    ...slice.sectors.map(({ start }) => `mwwait ${hex(start)} 0xffffffff`),
    `mcunet_mode ${mode.write}`,
    `load_image ${file} ${hex(slice.address)} bin`,
    'mcunet_wait',
    `mcunet_mode ${mode.read}`,
  ];
}

/** Whole words: what is added is what erased Flash reads as. */
export function inWords(slice: Slice): Slice {
  const lead = slice.address % 4;
  const bytes = new Uint8Array(Math.ceil((lead + slice.bytes.length) / 4) * 4).fill(0xff);
  bytes.set(slice.bytes, lead);
  return { ...slice, address: slice.address - lead, bytes };
}
