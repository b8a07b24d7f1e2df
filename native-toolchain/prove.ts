import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StudioError } from '../main/contract/index.ts';
import { findTool } from './tools.mjs';

const run = promisify(execFile);

/** How the app calls the compiler for each core, and a QEMU machine that runs the result (M0+ code on an M0). */
export const CORE_FLAGS = [
  { core: 'cortex-m0plus', flags: ['-mcpu=cortex-m0plus'], machine: 'microbit' },
  { core: 'cortex-m3', flags: ['-mcpu=cortex-m3'], machine: 'mps2-an385' },
  { core: 'cortex-m4', flags: ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'], machine: 'mps2-an386' },
  { core: 'cortex-m7', flags: ['-mcpu=cortex-m7', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'], machine: 'mps2-an500' },
  { core: 'cortex-m7', flags: ['-mcpu=cortex-m7', '-mfpu=fpv5-d16', '-mfloat-abi=hard'], machine: 'mps2-an500' },
  { core: 'cortex-m33', flags: ['-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'], machine: 'mps2-an505' },
] as const;

/** Touches what firmware touches: string.h, 64-bit division from libgcc, the linker, newlib-nano, start-up. */
const PROGRAM = `
#include <stdint.h>
#include <string.h>
extern int semihosting(int operation, const void *argument);
static volatile int64_t dividend = 1000000007, divisor = 13;
int main(void) {
  char text[16];
  memset(text, 0, sizeof text);
  strcpy(text, "proved\\n");
  int right = dividend / divisor == 76923077 && memcmp(text, "proved\\n", 8) == 0;
  semihosting(4, right ? text : "wrong\\n");
  uint32_t stop[2] = {0x20026, 0};
  semihosting(0x20, stop);
  for (;;) {}
}
__attribute__((naked)) int semihosting(int operation, const void *argument) { __asm volatile("bkpt 0xAB\\n bx lr"); }
extern uint32_t stack_top;
void Reset_Handler(void) {
#if __ARM_FP
  *(volatile uint32_t *)0xE000ED88 |= 0xFu << 20;
  __asm volatile("dsb\\nisb");
#endif
  main();
}
__attribute__((section(".vectors"), used)) const void *vectors[] = {&stack_top, (void *)Reset_Handler};
void _exit(int code) { (void)code; for (;;) {} }
`;

/** The mps2-an505's CPU starts in secure memory at 0x10000000; the others at 0. */
const linkerScript = (machine: string): string => {
  const [flash, ram] = machine === 'mps2-an505' ? ['0x10000000', '0x38000000'] : ['0x00000000', '0x20000000'];
  return `ENTRY(Reset_Handler)
MEMORY { FLASH (rx) : ORIGIN = ${flash}, LENGTH = 256K  RAM (rwx) : ORIGIN = ${ram}, LENGTH = 16K }
stack_top = ORIGIN(RAM) + LENGTH(RAM);
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > FLASH
  .ARM.exidx : { *(.ARM.exidx*) } > FLASH
  .data : { *(.data*) } > RAM
  .bss (NOLOAD) : { *(.bss*) *(COMMON) } > RAM
}
`;
};

export interface Proof {
  readonly core: string;
  readonly flags: string;
  /** The QEMU machine that ran what was built. */
  readonly machine: string;
}

/**
 * Compiles, links and runs a program for each core with the tools in `bundle`, with an empty
 * environment, so that nothing of the machine's own can help. Throws `toolchain.incomplete`.
 */
export async function proveBundle(bundle: string): Promise<Proof[]> {
  const alone = { bundle, env: {}, staged: null, usual: [] };
  const gcc = findTool('arm-gcc', alone);
  const qemu = findTool('qemu', alone);
  const openocd = findTool('openocd', alone);
  const absent = [!gcc && 'arm-none-eabi-gcc', !qemu && 'qemu-system-arm', !openocd && 'openocd'].filter(Boolean);
  if (gcc?.origin !== 'bundled' || qemu?.origin !== 'bundled' || openocd?.origin !== 'bundled') {
    throw incomplete(bundle, `it lacks ${absent.join(' and ') || 'its own tools'}`, undefined);
  }
  const work = await mkdtemp(join(tmpdir(), 'mcunet prove '));
  try {
    await writeFile(join(work, 'program.c'), PROGRAM);
    await run(openocd.path, ['--version'], { env: openocd.environment, timeout: 20_000 });
    const proofs: Proof[] = [];
    for (const { core, flags, machine } of CORE_FLAGS) {
      await writeFile(join(work, 'link.ld'), linkerScript(machine));
      const elf = join(work, 'program.elf');
      const link = ['-nostartfiles', '--specs=nano.specs', '-T', join(work, 'link.ld'), '-lm'];
      await run(gcc.path, [...flags, '-mthumb', '-O2', join(work, 'program.c'), ...link, '-o', elf], {
        env: gcc.environment,
        timeout: 60_000,
      });
      await runInQemu(qemu.path, machine, elf, qemu.environment);
      proofs.push({ core, flags: flags.join(' '), machine });
    }
    return proofs;
  } catch (cause) {
    throw incomplete(bundle, cause instanceof Error ? cause.message : String(cause), cause);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runInQemu(
  qemu: string,
  machine: string,
  elf: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const args = ['-M', machine, '-kernel', elf, '-display', 'none', '-monitor', 'none', '-serial', 'none'];
  const { stdout, stderr } = await run(qemu, [...args, '-semihosting-config', 'enable=on,target=native'], {
    env,
    timeout: 20_000,
  });
  if (!`${stdout}${stderr}`.includes('proved')) throw new Error(`on ${machine} the program said «${stdout}${stderr}»`);
}

const incomplete = (bundle: string, why: string, cause: unknown): StudioError =>
  new StudioError({
    code: 'toolchain.incomplete',
    message: `The staged tools in ${bundle} do not do their work: ${why.trim()}`,
    remedy: 'Stage them again; if it stays so, the pruning in native-toolchain/stage.ts takes away too much.',
    details: { bundle },
    cause,
  });
