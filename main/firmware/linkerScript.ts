import type { LinkMemory, LinkRegion } from './memory.ts';

const hex = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`;

const regionLine = ({ name, kind, start, sizeBytes, parts }: LinkRegion): string =>
  `  ${name} (${kind === 'flash' ? 'rx' : 'rwx'}) : ORIGIN = ${hex(start)}, LENGTH = ${hex(sizeBytes)} /* ${parts.join(', ')} */`;

/**
 * The GNU ld script of an image. The stack lies at the low end of its memory, so that an overflow leaves the memory
 * and faults instead of overwriting data.
 */
export function linkerScript(memory: LinkMemory, stackBytes: number): string {
  const stackRegion = memory.fast === null ? 'RAM' : 'FAST';
  const fastData =
    memory.fast === null
      ? '  link_fast_start = 0;\n  link_fast_end = 0;'
      : `  .fast (NOLOAD) : ALIGN(8)
  {
    link_fast_start = .;
    firmware/*.o(.bss .bss.* COMMON)
    . = ALIGN(8);
    link_fast_end = .;
  } > FAST`;
  return `/* Generated from the board file. */
ENTRY(reset_entry)

MEMORY
{
${[memory.flash, memory.ram, ...(memory.fast === null ? [] : [memory.fast])].map(regionLine).join('\n')}
}

SECTIONS
{
  .vectors : { KEEP(*(.vectors)) } > FLASH
  .text : ALIGN(4) { *(.text .text.*) } > FLASH
  .rodata : ALIGN(4) { *(.rodata .rodata.*) } > FLASH
  .ARM.exidx : { *(.ARM.exidx*) } > FLASH
  .stack (NOLOAD) : ALIGN(8)
  {
    link_stack_bottom = .;
    . += ${stackBytes};
    link_stack_top = .;
  } > ${stackRegion}
${fastData}
  .data : ALIGN(8)
  {
    link_data_start = .;
    *(.data .data.*)
    . = ALIGN(8);
    link_data_end = .;
  } > RAM AT> FLASH
  link_data_load = LOADADDR(.data);
  .bss (NOLOAD) : ALIGN(8)
  {
    link_bss_start = .;
    *(.bss .bss.* COMMON)
    . = ALIGN(8);
    link_bss_end = .;
    end = .;
  } > RAM
  /DISCARD/ : { *(.comment) *(.ARM.attributes) *(.ARM.extab*) *(.init_array*) *(.fini_array*) }
}
`;
}
