import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { compileModel, planCost, randomNetwork, type Choice } from '../../../main/core/engine/index.ts';
import { instructionBytes } from '../../../main/core/engine/kernels/dsp/codeSize.ts';
import { sampleGenotype, spaceGrid, toArchitecture } from '../../../main/core/nas/index.ts';
import { runProcess } from '../../../main/processes/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { programOnPath } from '../../support/programs.ts';

vi.setConfig({ testTimeout: 120_000 });

/** Code and constants of the C as compiled for a Cortex-M4, each section aligned as the linker does. */
async function flashOfC(files: ReadonlyMap<string, string>): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet flash '));
  const must = async (program: string, parameters: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await runProcess(program, parameters, { cwd: folder });
    if (exitCode !== 0) throw new Error(`${program}: ${stderr}`);
    return stdout;
  };
  try {
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const sources = [...files.keys()].filter((name) => name.endsWith('.c'));
    const flags = ['-mcpu=cortex-m4', '-mthumb', '-O3', '-DMODEL_PROFILE=1', '-ffunction-sections', '-fdata-sections'];
    await must('arm-none-eabi-gcc', [...flags, '-c', ...sources]);
    const table = await must('arm-none-eabi-size', ['-A', ...sources.map((name) => name.replace(/c$/, 'o'))]);
    return [...table.matchAll(/^\.(?:text|rodata)\S*\s+(\d+)/gm)].reduce(
      (total, [, bytes]) => total + ((Number(bytes) + 3) & ~3),
      0,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the Flash that a plan is said to take', () => {
  const limits: readonly (Choice & { readonly core: 'm4' })[] = [
    { core: 'm4', sramLimitBytes: 80_000, flashLimitBytes: 480_000 },
    { core: 'm4' },
    { core: 'm4', plan: 'stream' },
  ];

  it.skipIf(!programOnPath('arm-none-eabi-gcc')).each(limits)(
    'is within one percent of what the compiler makes of random networks: %j',
    async (options) => {
      const spaces = spaceGrid({ channels: 3 }, 10);
      const random = createRandom(31 + limits.indexOf(options));
      for (let tried = 0, compared = 0; compared < 2 && tried < 100; tried++) {
        const space = random.pick(spaces);
        const architecture = toArchitecture(space, sampleGenotype(space, random));
        const cost = planCost(architecture, options);
        if (!cost.fits || cost.estimatedFlashBytes > 480_000) continue;
        compared++;
        const { files, estimatedFlashBytes } = compileModel(randomNetwork(architecture, tried), options);
        const real = await flashOfC(files);
        expect(Math.abs(estimatedFlashBytes / real - 1), `planned ${space.name}`).toBeLessThan(0.01);
        expect(Math.abs(cost.estimatedFlashBytes / real - 1), `priced ${space.name}`).toBeLessThan(0.01);
      }
    },
  );
});

describe('the size of an instruction', () => {
  it.each([
    ['smlad r2, r12, r10, r2', 4],
    ['ldr r0, [sp, #64]', 2],
    ['ldr r12, [sp, #64]', 4],
    ['ldr r0, [r1, #124]', 2],
    ['ldr r0, [r1, #128]', 4],
    ['ldr r0, [r1], #4', 4],
    ['ldrsb r0, [r1, #1]', 4],
    ['strb r0, [r2, #31]', 2],
    ['strb r0, [r2, #32]', 4],
    ['add r10, r10, r4', 2],
    ['add r10, r0, r4', 4],
    ['add r4, r4, r5, lsl #4', 4],
    ['add sp, sp, #84', 2],
    ['subs r2, r2, #1', 2],
    ['subs r10, r10, #1', 4],
    ['sub r2, r2, r4', 4],
    ['mov r2, r12', 2],
    ['mov r2, #0', 4],
    ['cmp r10, r12', 2],
    ['cmp r10, #3', 4],
    ['bne 2b', 2],
    ['bne.w 2b', 4],
    ['push {r4-r11, lr}', 4],
    ['push {r6, r7}', 2],
    ['ldm r0!, {r1-r7}', 2],
    ['ldm r1!, {r10, r11}', 4],
    ['3:', 0],
  ])('%s: %i bytes', (instruction, bytes) => {
    expect(instructionBytes(instruction)).toBe(bytes);
  });
});
