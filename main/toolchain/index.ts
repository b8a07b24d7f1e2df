/** Finds and runs the compiler, QEMU and OpenOCD; reads what the linker made. */
export * from './locate.ts';
export * from './gcc.ts';
export * from './elf.ts';
export * from './linkMap.ts';
