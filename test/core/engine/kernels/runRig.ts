/** Compiles and runs a rig program: on this machine, or on a Cortex-M4 in QEMU over semihosting. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess } from '../../../../main/processes/index.ts';
import { programOnPath } from '../../../support/programs.ts';
import { rigProgram, type RigCase } from './rig.ts';

export type RigTarget = 'host' | 'cortex-m4';

const armTools = ['arm-none-eabi-gcc', 'qemu-system-arm'];
export const hasTools = (target: RigTarget): boolean =>
  target === 'host' ? programOnPath('gcc') : armTools.every(programOnPath);

const hostFlags = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover'];
const armFlags = ['-mcpu=cortex-m4', '-mthumb', '-mfloat-abi=soft', '-O3'];
const warnings = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter'];

/** The names of the cases whose bytes were wrong, or that wrote where they must not. */
export async function failuresOf(cases: readonly RigCase[], target: RigTarget): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet rig '));
  const must = async (program: string, parameters: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProcess(program, parameters, { cwd: folder });
    if (exitCode !== 0) throw new Error(`${program} ended with ${String(exitCode)}: ${stdout}${stderr}`.slice(0, 4000));
    return stdout;
  };
  try {
    writeFileSync(join(folder, 'rig.c'), rigProgram(cases));
    let output: string;
    if (target === 'host') {
      await must('gcc', [...hostFlags, ...warnings, 'rig.c', '-o', 'rig']);
      output = await must(join(folder, 'rig'), []);
    } else {
      writeFileSync(join(folder, 'start.S'), startUp);
      writeFileSync(join(folder, 'rig.ld'), linkerScript);
      const crt = (await must('arm-none-eabi-gcc', [...armFlags, '-print-file-name=rdimon-crt0.o'])).trim();
      const link = ['--specs=rdimon.specs', '-nostartfiles', '-T', 'rig.ld'];
      await must('arm-none-eabi-gcc', [...armFlags, ...warnings, ...link, 'start.S', crt, 'rig.c', '-o', 'rig.elf']);
      const board = [
        '-M',
        'mps2-an386',
        '-kernel',
        'rig.elf',
        '-display',
        'none',
        '-monitor',
        'none',
        '-serial',
        'none',
      ];
      output = await must('qemu-system-arm', [...board, '-semihosting-config', 'enable=on,target=native']);
    }
    const lines = output.trim().split('\n');
    const last = `of ${String(cases.length)}`;
    if (lines.at(-1)?.endsWith(last) !== true) throw new Error(`the rig did not finish: ${output.slice(-500)}`);
    return lines.slice(0, -1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const startUp = `.syntax unified
.section .vectors, "a"
.word 0x203ffff0
.word _start
.text
.global _init
.global _fini
.thumb_func
_init: bx lr
.thumb_func
_fini: bx lr
`;

/** The two large memories of the MPS2. */
const linkerScript = `ENTRY(_start)
MEMORY {
  FLASH (rx) : ORIGIN = 0, LENGTH = 4M
  RAM (rw) : ORIGIN = 0x20000000, LENGTH = 4M
}
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) KEEP(*(.init)) KEEP(*(.fini)) } > FLASH
  .ARM.exidx : { __exidx_start = .; *(.ARM.exidx*) __exidx_end = .; } > FLASH
  .data : { *(.data*) } > RAM
  .bss : { __bss_start__ = .; *(.bss*) *(COMMON) __bss_end__ = .; } > RAM
  end = .; __end__ = .; __stack = 0x203ffff0;
}
`;
