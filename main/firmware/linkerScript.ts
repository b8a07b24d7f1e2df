import type { LinkMemory, LinkRegion } from './memory.ts';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

const regionLine = ({ name, kind, start, sizeBytes, parts }: LinkRegion): string =>
  `  ${name} (${kind === 'flash' ? 'rx' : 'rwx'}) : ORIGIN = ${hex(start)}, LENGTH = ${hex(sizeBytes)} /* ${parts.join(', ')} */`;

/** The section of the arena's piece with that number, from 1 on. The driver's variables are in `.bss`. */
export const pieceSection = (piece: number): string => `.bss.arena_${piece}`;

const symbolOf = (section: string): string => `link${section.replaceAll('.', '_')}`;

/** A stretch of RAM whose beginning and end start-up finds in a table. */
function stretch(name: string, region: string, contents: string): string {
  return `  ${name} (NOLOAD) : ALIGN(16)
  {
    ${symbolOf(name)}_start = .;
    ${contents}
    . = ALIGN(8);
    ${symbolOf(name)}_end = .;
  } > ${region}`;
}

const table = (name: string, stretches: readonly string[]): string =>
  [
    `link_${name}_start = .;`,
    ...stretches.map((each) => `LONG(${symbolOf(each)}_start) LONG(${symbolOf(each)}_end)`),
    `link_${name}_end = .;`,
  ].join('\n    ');

/**
 * The GNU ld script of an image. The stack lies at the low end of its memory, so that an overflow leaves the memory
 * and faults instead of overwriting data. The model comes before the firmware where they share a memory: its first part
 * may be faster.
 */
export function linkerScript(memory: LinkMemory, stackBytes: number): string {
  const arena = memory.pieces.map((region, index) => ({
    name: `.arena_${index + 1}`,
    text: stretch(`.arena_${index + 1}`, region, `*(${pieceSection(index + 1)})`),
  }));
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
    ${table('clear', ['.model', '.bss'])}
    ${table(
      'arena',
      arena.map(({ name }) => name),
    )}
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
${[
  ...arena.map(({ text }) => text),
  stretch('.model', first, 'model/*.o(.bss .bss.* COMMON)'),
  stretch('.bss', memory.firmware, '*(.bss .bss.* COMMON)'),
].join('\n')}
  end = link_bss_end;
  /DISCARD/ : { *(.comment) *(.ARM.attributes) *(.ARM.extab*) *(.init_array*) *(.fini_array*) }
}
`;
}
