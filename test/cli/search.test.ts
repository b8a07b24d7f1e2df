import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { reportSchema } from '../../main/contract/index.ts';
import { parseSearchSpace, type SearchSpace } from '../../main/core/nas/index.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { mcunet } from './commandLine.ts';

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');

const space: SearchSpace = {
  name: 'small',
  input: { height: 32, width: 32, channels: 3 },
  classes: 16,
  stem: { channels: 8, kernel: 3, strideH: 2, strideW: 2 },
  firstBlockChannels: 8,
  stages: [8, 16].map((channels, i) => ({
    channels,
    strideH: i === 0 ? 1 : 2,
    strideW: i === 0 ? 1 : 2,
    depths: [1, 2],
    kernels: [3, 5],
    expansions: [2, 3],
    widths: [1],
  })),
  headChannels: null,
};

describe.skipIf(!hasBoard)('mcunet search (needs arm-none-eabi-gcc and qemu-system-arm)', () => {
  it('finds a network within the limits and measures what it promised', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'space.json');
    writeFileSync(file, JSON.stringify(space));
    expect(parseSearchSpace(JSON.parse(readFileSync(file, 'utf8')), file)).toEqual(space);
    const dataset = 'generated:road-signs?size=32&train=320&validation=96&test=64';
    const args = [
      'search',
      '--dataset',
      dataset,
      '--board',
      'virtual-stm32f405',
      '--minutes',
      '0.12',
      '--space',
      file,
      '--proxy',
      'computations',
    ];
    const more = [
      '--rows',
      '--sram',
      '20000',
      '--evaluate',
      '16',
      // Threads cost more to start here than they save; that several agree is tested where they work.
      '--workers',
      '1',
      '--out',
      join(folder, 'run ä'),
      '--json',
    ];
    const { exitCode, json } = await mcunet([...args, ...more]);
    expect(exitCode).toBe(0);
    const report = reportSchema.parse(json);
    const { search } = report;
    if (search === null) throw new Error('the report says nothing of the search');
    expect(search.chosenSpace).toBe('small');
    expect(search.judged).toBeGreaterThan(4);
    expect(search.front.every(({ sramBytes }) => sramBytes <= 20_000)).toBe(true);
    expect(search.front.map(({ key }) => key)).toContain(search.recommended.key);
    // The planner's SRAM is what was planned for the trained network, too; kernels may differ with its weights.
    expect(Math.abs(report.planned.sramBytes / search.promised.sramBytes - 1)).toBeLessThan(0.05);
    const isFed = search.promised.inputMode === 'row-fed';
    expect(report.planned.plan.includes('fed row by row')).toBe(isFed);
    expect(search.latency.kind).toMatch(/estimated|counted/);
    expect(report.evaluation?.agreement).toMatchObject({ compared: 16, equal: 16 });

    // The same seed following the same steps gives the same search: every candidate, every weight.
    const again = ['--repeat', join(folder, 'run ä'), '--out', join(folder, 'again'), '--json'];
    const repeated = await mcunet([...args, '--sram', '20000', '--evaluate', '2', '--workers', '1', ...again]);
    expect(repeated.exitCode).toBe(0);
    const fileOf = (run: string, name: string): Buffer => readFileSync(join(folder, run, name));
    for (const name of ['supernet.bin', 'front.json', 'network.bin', 'quantized.tflite'])
      expect(fileOf('again', name).equals(fileOf('run ä', name)), name).toBe(true);
  }, 480_000);

  it('says so when nothing keeps the limits, and what is wrong with a space', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'space.json');
    const common = [
      'search',
      '--dataset',
      'generated:road-signs?size=32&train=64&validation=32&test=32',
      '--board',
      'virtual-stm32f405',
    ];
    writeFileSync(file, JSON.stringify(space));
    const none = await mcunet([
      ...common,
      '--minutes',
      '0.1',
      '--space',
      file,
      '--sram',
      '500',
      '--out',
      join(folder, 'a'),
    ]);
    expect(none.exitCode).not.toBe(0);
    expect(none.err).toContain('None of the networks sampled from 1 search spaces keeps the limits');
    writeFileSync(file, JSON.stringify({ ...space, stages: [] }));
    const bad = await mcunet([...common, '--minutes', '0.1', '--space', file, '--out', join(folder, 'b')]);
    expect(bad.err).toMatch(/space\.json is not valid at stages/);
  }, 60_000);
});
