/**
 * Generated C, cross-compiled for a core and run by QEMU's model of it, without any board of ours between: the shortest
 * way to ask whether a build gives the right bytes. For measuring there are the virtual boards.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Core } from '../../../main/core/engine/index.ts';
import { runProcess } from '../../../main/processes/index.ts';
import { locateTool } from '../../../main/toolchain/index.ts';

interface Machine {
  readonly machine: string;
  readonly flags: readonly string[];
  readonly code: string;
  readonly data: string;
}

const ssram = { code: '0x00000000', data: '0x20000000' };

/** QEMU has no Cortex-M0+: its code runs on a Cortex-M3 that traps unaligned access, as the M0+ would. */
const machines: Readonly<Record<'m0plus' | 'm4' | 'm7' | 'm33', Machine>> = {
  m0plus: { machine: 'mps2-an385', flags: ['-mcpu=cortex-m0plus', '-DTRAP_UNALIGNED'], ...ssram },
  m4: { machine: 'mps2-an386', flags: ['-mcpu=cortex-m4', '-mfloat-abi=hard', '-mfpu=fpv4-sp-d16'], ...ssram },
  m7: { machine: 'mps2-an500', flags: ['-mcpu=cortex-m7', '-mfloat-abi=hard', '-mfpu=fpv5-d16'], ...ssram },
  m33: {
    machine: 'mps2-an505',
    flags: ['-mcpu=cortex-m33', '-mfloat-abi=hard', '-mfpu=fpv5-sp-d16'],
    code: '0x10000000',
    data: '0x38000000',
  },
};

export type EmulatedCore = keyof typeof machines & Core;
export const emulatedCores = Object.keys(machines) as EmulatedCore[];

export interface CoreJob {
  readonly core: EmulatedCore;
  /** What the engine emitted. */
  readonly files: ReadonlyMap<string, string>;
  /** For the model's C. */
  readonly flags: readonly string[];
  /** For each run the bytes of all inputs, one after the other. */
  readonly inputs: readonly Int8Array[];
}

/** The outputs of each run: all outputs of the model, one after the other. Throws where a tool or the run fails. */
export async function runOnCore({ core, files, flags, inputs }: CoreJob): Promise<Int8Array[]> {
  const { machine, flags: coreFlags, code, data } = machines[core];
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-core-'));
  try {
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    writeFileSync(join(folder, 'link.ld'), linkerScript(code, data));
    writeFileSync(join(folder, 'input.bin'), Buffer.concat(inputs.map((input) => Buffer.from(input))));
    const gcc = await locateTool('arm-gcc');
    const qemu = await locateTool('qemu');
    const sources = [...files.keys()].filter((name) => name.endsWith('.c'));
    const common = ['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-mthumb', '-nostartfiles', '-specs=nano.specs'];
    const link = ['-I.', '-T', 'link.ld', '-specs=nosys.specs', '-Wl,--gc-sections', '-o', 'run.elf'];
    const harness = join(import.meta.dirname, 'harness.c');
    await must(gcc.path, [...common, ...coreFlags, ...flags, ...sources, harness, ...link, '-lm'], folder, 300_000);
    const emulate = ['-M', machine, '-nographic', '-monitor', 'none', '-serial', 'null', '-semihosting'];
    await must(qemu.path, [...emulate, '-kernel', 'run.elf'], folder, 900_000);
    return outputsOf(folder, files, inputs.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Static memory of the model's objects as the compiler made them: initialized and zeroed data. */
export async function staticMemoryOf({ core, files, flags }: Omit<CoreJob, 'inputs'>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-core-'));
  try {
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const { path } = await locateTool('arm-gcc');
    const sources = [...files.keys()].filter((name) => name.endsWith('.c'));
    const common = ['-std=gnu11', '-mthumb', ...machines[core].flags, ...flags];
    await must(path, [...common, '-c', ...sources], folder, 300_000);
    const { stdout: size } = await runProcess(path, ['-print-prog-name=size'], { cwd: folder, timeoutMs: 60_000 });
    const objects = sources.map((name) => name.replace(/\.c$/, '.o'));
    const { stdout } = await runProcess(size.trim(), objects, { cwd: folder, timeoutMs: 60_000 });
    // Columns: text, data, bss, …; the first line names them.
    const rows = stdout.trim().split('\n').slice(1);
    if (rows.length !== objects.length) throw new Error(`size said of ${objects.join(', ')}: ${stdout}`);
    return rows.reduce((sum, row) => {
      const [, data = 0, bss = 0] = row.trim().split(/\s+/).map(Number);
      return sum + data + bss;
    }, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function must(command: string, args: readonly string[], cwd: string, timeoutMs: number): Promise<void> {
  const { exitCode, signal, stderr } = await runProcess(command, args, { cwd, timeoutMs });
  if (exitCode !== 0) throw new Error(`${command} ended with ${String(exitCode ?? signal)}:\n${stderr.slice(0, 4000)}`);
}

function outputsOf(folder: string, files: ReadonlyMap<string, string>, runs: number): Int8Array[] {
  const size = Number(/MODEL_OUTPUT_BYTES (\d+)/.exec(files.get('model.h') ?? '')?.[1] ?? 0);
  const file = join(folder, 'output.bin');
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  if (bytes.length !== runs * size)
    throw new Error(`the run wrote ${String(bytes.length)} bytes, not ${String(runs)} times ${String(size)}`);
  return Array.from({ length: runs }, (_, run) => new Int8Array(bytes.subarray(run * size, (run + 1) * size)));
}

const linkerScript = (code: string, data: string): string => `MEMORY {
  CODE (rx) : ORIGIN = ${code}, LENGTH = 4M
  DATA (rwx) : ORIGIN = ${data}, LENGTH = 4M
}
ENTRY(reset_handler)
SECTIONS {
  .text : { KEEP(*(.vectors)) *(.text*) *(.rodata*) } > CODE
  .exidx : { *(.ARM.exidx*) } > CODE
  .data : { data_start = .; *(.data*) . = ALIGN(4); data_end = .; } > DATA AT > CODE
  data_stored = LOADADDR(.data);
  .bss (NOLOAD) : { bss_start = .; *(.bss*) *(COMMON) . = ALIGN(4); bss_end = .; end = .; } > DATA
  stack_top = ORIGIN(DATA) + LENGTH(DATA);
}
`;
