import type { LinkMemory, LinkRegion } from './memory.ts';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

const regionLine = ({ name, kind, start, sizeBytes, parts }: LinkRegion): string =>
  `  ${name} (${kind === 'flash' ? 'rx' : 'rwx'}) : ORIGIN = ${hex(start)}, LENGTH = ${hex(sizeBytes)} /* ${parts.join(', ')} */`;

/** The section of the model's piece with that number; the first one is in `.bss` with the driver's variables. */
export const pieceSection = (piece: number): string => `.bss.arena_${piece}`;

/** A stretch of RAM that start-up clears; its addresses stand in a table. */
function cleared(name: string, region: string, contents: string): string {
  return `  ${name} (NOLOAD) : ALIGN(16)
  {
    link${name.replaceAll('.', '_')}_start = .;
    ${contents}
    . = ALIGN(8);
    link${name.replaceAll('.', '_')}_end = .;
  } > ${region}`;
}

/**
 * The GNU ld script of an image. The stack lies at the low end of its memory, so that an overflow leaves the memory
 * and faults instead of overwriting data. The model comes before the firmware where they share a memory: its first part
 * may be faster.
 */
export function linkerScript(memory: LinkMemory, stackBytes: number): string {
  const further = memory.pieces.slice(1).map((region, index) => ({
    name: `.piece_${index + 2}`,
    text: cleared(`.piece_${index + 2}`, region, `*(${pieceSection(index + 2)})`),
  }));
  const stretches = ['.model', ...further.map(({ name }) => name), '.bss'];
  const table = stretches.map((name) => {
    const symbol = `link${name.replaceAll('.', '_')}`;
    return `LONG(${symbol}_start) LONG(${symbol}_end)`;
  });
  const [first = 'RAM'] = memory.pieces;
  return `/* Generated from the board file. */
ENTRY(reset_entry)

MEMORY
{
${[memory.flash, ...memory.rams].map(regionLine).join('\n')}
}

SECTIONS
{
  .vectors : { KEEP(*(.vectors)) } > FLASH
  .text : ALIGN(4) { *(.text .text.*) } > FLASH
  .rodata : ALIGN(4)
  {
    *(.rodata .rodata.*)
    . = ALIGN(4);
    link_clear_start = .;
    ${table.join(' ')}
    link_clear_end = .;
  } > FLASH
  .ARM.exidx : { *(.ARM.exidx*) } > FLASH
  .stack (NOLOAD) : ALIGN(8)
  {
    link_stack_bottom = .;
    . += ${stackBytes};
    link_stack_top = .;
  } > ${memory.firmware}
  .data : ALIGN(8)
  {
    link_data_start = .;
    *(.data .data.*)
    . = ALIGN(8);
    link_data_end = .;
  } > ${memory.firmware} AT> FLASH
  link_data_load = LOADADDR(.data);
${[...further.map(({ text }) => text), cleared('.model', first, 'model/*.o(.bss .bss.* COMMON)'), cleared('.bss', memory.firmware, '*(.bss .bss.* COMMON)')].join('\n')}
  end = link_bss_end;
  /DISCARD/ : { *(.comment) *(.ARM.attributes) *(.ARM.extab*) *(.init_array*) *(.fini_array*) }
}
`;
}
