import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabSession } from '../../main/contract/index.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { mcunet, tinyClassifier } from './commandLine.ts';

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');

describe('mcunet bench', () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
    vi.stubEnv('MCUNET_WORKSPACE', join(folder, 'workspace'));
    tinyClassifier(folder, 'a.tflite');
    tinyClassifier(folder, 'b.tflite', { features: 8 });
  });
  afterEach(() => vi.unstubAllEnvs());

  const matrix = (change: Record<string, unknown> = {}): string => {
    const file = join(folder, 'MATRIX.json');
    const whole = { format: 1, models: ['a.tflite', 'b.tflite'], boards: ['virtual-stm32f405'], ...change };
    writeFileSync(file, JSON.stringify(whole));
    return file;
  };

  it('refuses a board that nobody knows before it begins', async () => {
    const { exitCode, json } = await mcunet(['bench', matrix({ boards: ['breadboard'] }), '--json']);
    expect([exitCode, (json?.['error'] as { code: string }).code]).toEqual([1, 'board.unknown']);
  });

  it('says that there is nothing to go on with', async () => {
    const { exitCode, json } = await mcunet(['bench', matrix(), '--resume', '--json']);
    expect([exitCode, (json?.['error'] as { code: string }).code]).toEqual([1, 'run.nothing-to-resume']);
  });

  it.skipIf(!hasBoard)(
    'measures what it can, parks the cells of a board that is not there, and goes on without doing anything twice',
    async () => {
      const file = matrix({
        models: ['a.tflite'],
        boards: ['virtual-stm32f405', 'nucleo-f446re'],
        protocol: { warmup: 1, least: 3, most: 3, withinPercent: 1 },
      });
      const first = await mcunet(['bench', file, '--json']);
      expect(first.exitCode).toBe(1);
      const session = first.json as unknown as LabSession & { folder: string };
      expect(first.json).toMatchObject({ error: { code: 'lab.parked' } });
      expect(session.cells.map(({ state }) => state)).toEqual(['done', 'parked']);
      expect(session.cells[0]).toMatchObject({
        preflight: { fits: true },
        result: {
          estimated: true,
          statistics: { warmup: 1, repeats: 3, stdevMs: 0 },
          agreement: { compared: 1, equal: 1 },
        },
      });
      const { preflight, result } = session.cells[0] ?? {};
      expect(result?.sramBytes).toBe(preflight?.sramBytes);

      const runs = join(folder, 'workspace', 'runs');
      const written = (): number =>
        statSync(join(runs, readdirSync(runs).find((name) => name.endsWith('-c000')) ?? '', 'run.json')).mtimeMs;
      const before = written();
      const second = await mcunet(['bench', file, '--resume', '--json']);
      expect((second.json as unknown as LabSession).id).toBe(session.id);
      expect((second.json as unknown as LabSession).cells.map(({ state }) => state)).toEqual(['done', 'parked']);
      expect(written()).toBe(before);
    },
    60_000,
  );
});
