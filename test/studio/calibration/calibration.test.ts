import { readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../main/boards/index.ts';
import { layerPlan, skeletonOf } from '../../../main/core/engine/index.ts';
import { modelBudget } from '../../../main/firmware/index.ts';
import { Workspace } from '../../../main/store/index.ts';
import { calibrate, storedCalibration, tableOf, worstErrorOf } from '../../../main/studio/calibration/index.ts';
import type { MeasuredSubject } from '../../../main/studio/calibration/measureKernels.ts';
import { calibrationSubjects, preferenceOf } from '../../../main/studio/calibration/subjects.ts';
import { defaultWorkspaceFolder, workspaceOf } from '../../../main/studio/service/workspaceFolder.ts';
import { programOnPath } from '../../support/programs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

describe('the networks that a calibration measures', () => {
  const { sramBytes, flashBytes } = modelBudget(findBoard('nucleo-f401re'), { outputBytes: 10, operators: 100 });
  const limits = { core: 'm4' as const, sramBytes, flashBytes, cycles: 30e6, count: 6 };
  const subjects = calibrationSubjects(limits);
  const plans = subjects.map(({ architecture, choice }) =>
    layerPlan(skeletonOf(architecture), 'm4', 'whole', { prefer: preferenceOf(choice) }),
  );

  it('fit a board of 96 KiB', () => {
    expect(subjects).toHaveLength(6);
    for (const plan of plans) {
      expect(plan.arenaBytes).toBeLessThanOrEqual(sramBytes);
      expect(plan.estimatedFlashBytes).toBeLessThanOrEqual(flashBytes);
      expect(plan.estimatedCycles).toBeLessThanOrEqual(30e6);
    }
  });

  it('are the same for the same board', () => {
    expect(calibrationSubjects(limits)).toEqual(subjects);
  });

  it('hold kernels of every window, wide rows and narrow ones, and slower alternatives', () => {
    const names = plans.flatMap(({ operators }) => operators.map(({ kernel }) => kernel.name));
    for (const window of ['depthwise3x3', 'depthwise5x5', 'depthwise7x7', 'conv1x1', 'conv3x3'])
      expect(names.some((name) => name.startsWith(window))).toBe(true);
    expect(names.some((name) => name.endsWith('_c') && name.startsWith('conv1x1'))).toBe(true);
    expect(names.some((name) => name.includes('_row_'))).toBe(true);
  });
});

describe('a table of several images', () => {
  const subject = (factor: number): MeasuredSubject => ({
    points: [1000, 2000, 4000].map((estimate, i) => ({
      kernel: `conv1x1_8x${String(8 << i)}_9x9_fit_row_m4`,
      estimate,
      steps: 9,
      constantBytes: 100,
      cycles: factor * estimate,
    })),
    cycles: factor * 7000 + 27 * 120 + 50,
    steps: 27,
    movingCycles: 50,
    estimated: true,
  });

  it('holds each kernel once, with the mean, and what the driver takes for each step', () => {
    const table = tableOf([subject(1), subject(3)]);
    expect(table.points.map(({ cycles }) => cycles)).toEqual([2000, 4000, 8000]);
    expect(table.cyclesPerStep).toBeCloseTo(120, 6);
  });

  it('knows how well it foretells: not at all from a single image, exactly from equal ones', () => {
    expect(worstErrorOf([subject(1)])).toBeNull();
    expect(worstErrorOf([subject(2), subject(2)])).toBeCloseTo(0, 9);
    expect(worstErrorOf([subject(1), subject(2)])).toBeGreaterThan(0.4);
  });
});

describe('the workspace whose tables a run goes by', () => {
  it('is the one that it lies in, or the default one where its folder was named', () => {
    const folder = temporaryFolder();
    Workspace.open(folder).close();
    expect(workspaceOf(join(folder, 'runs', 'a'))).toBe(folder);
    for (const named of [join(folder, 'a'), join(folder, 'elsewhere', 'runs', 'a')])
      expect(workspaceOf(named)).toBe(defaultWorkspaceFolder());
  });

  it('is nobody’s in a test that names none', () => {
    expect(relative(tmpdir(), defaultWorkspaceFolder())).toMatch(/^mcunet-default-/);
  });
});

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');

describe.skipIf(!hasBoard)('calibrating a virtual board (needs arm-none-eabi-gcc and qemu-system-arm)', () => {
  it('measures kernels and keeps the table for this board, engine and compiler', async () => {
    const workspace = temporaryFolder();
    const board = findBoard('virtual-stm32f405');
    expect(await storedCalibration(board, workspace)).toBeNull();
    const found = await calibrate(board.id, { images: 1, workspace });
    expect(found).toMatchObject({ boardId: board.id, images: 1, complete: true, estimated: true, worstError: null });
    expect(found.table.points.length).toBeGreaterThan(30);
    // Instructions times cycles for an instruction is not far from what the engine thinks of its own kernels.
    const factors = found.table.points.map(({ cycles, estimate }) => cycles / estimate).sort((a, b) => a - b);
    expect(factors[factors.length >> 1]).toBeGreaterThan(0.7);
    expect(factors[factors.length >> 1]).toBeLessThan(1.4);
    expect(found.table.cyclesPerStep).toBeGreaterThan(20);
    expect(await storedCalibration(board, workspace)).toEqual(found);
    expect(await storedCalibration(board, temporaryFolder())).toBeNull();
    expect(await storedCalibration({ ...board, clockHz: board.clockHz / 2 }, workspace)).toBeNull();
    for (const file of readdirSync(join(workspace, 'latency')))
      writeFileSync(join(workspace, 'latency', file), '{ torn');
    expect(await storedCalibration(board, workspace)).toBeNull();
  }, 120_000);
});
