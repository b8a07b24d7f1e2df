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
    const searched: unknown = JSON.parse(readFileSync(join(folder, 'run ä', 'space.json'), 'utf8'));
    expect(searched).toEqual(space);

    // The same seed following the same steps gives the same search: every candidate, every weight.
    const again = ['--repeat', join(folder, 'run ä'), '--out', join(folder, 'again'), '--json'];
    // What is not said is as it was: limits, workers, rows.
    const repeated = await mcunet([...args, '--evaluate', '2', ...again]);
    expect(repeated.exitCode).toBe(0);
    const fileOf = (run: string, name: string): Buffer => readFileSync(join(folder, run, name));
    for (const name of ['supernet.bin', 'front.json', 'network.bin', 'quantized.tflite'])
      expect(fileOf('again', name).equals(fileOf('run ä', name)), name).toBe(true);
    const otherwise = ['--repeat', join(folder, 'run ä'), '--out', join(folder, 'otherwise')];
    const refused = await mcunet([...args, '--seed', '5', ...otherwise]);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.err).toContain('cannot be repeated like that: the seed was 1, and is 5 now');
    const otherData = args.map((word) => (word === dataset ? dataset.replace('320', '352') : word));
    expect((await mcunet([...otherData, ...otherwise])).err).toContain('its dataset had other samples');
  }, 480_000);

  it('takes limits by hand instead of a board', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'space.json');
    writeFileSync(file, JSON.stringify(space));
    const dataset = 'generated:road-signs?size=32&train=160&validation=96&test=64';
    const limits = ['--sram', '9000', '--flash', '40000'];
    const args = ['search', '--dataset', dataset, ...limits, '--minutes', '0.05', '--space', file];
    const more = ['--no-calibrate', '--evaluate', '4', '--workers', '1', '--out', join(folder, 'run'), '--json'];
    const { exitCode, json } = await mcunet([...args, ...more]);
    expect(exitCode).toBe(0);
    const { search, planned, evaluation } = reportSchema.parse(json);
    expect(search?.limits).toMatchObject({ sramBytes: 9000, flashBytes: 40_000, latencyMs: null });
    expect(planned.sramBytes).toBeLessThanOrEqual(9000);
    expect(evaluation?.agreement).toMatchObject({ compared: 4, equal: 4 });
  }, 240_000);

  it('specialises one supernet for several boards, and does so again where it is asked to repeat that', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'space.json');
    writeFileSync(file, JSON.stringify(space));
    const dataset = 'generated:road-signs?size=32&train=160&validation=96&test=64';
    const boards = 'virtual-stm32f405,nucleo-f401re';
    const common = ['search', '--dataset', dataset, '--board', boards, '--minutes', '0.12', '--space', file];
    const more = ['--no-calibrate', '--evaluate', '4', '--workers', '1', '--json'];
    const { exitCode, json } = await mcunet([...common, ...more, '--out', join(folder, 'run')]);
    expect(exitCode).toBe(0);
    const { search, planned } = reportSchema.parse(json);
    if (search === null) throw new Error('the report says nothing of the search');
    expect(search.boards.map(({ boardId, folder: part }) => [boardId, part])).toEqual([
      ['virtual-stm32f405', null],
      ['nucleo-f401re', 'parts/nucleo-f401re'],
    ]);
    const [virtual, desk] = search.boards;
    expect(virtual.sramBytes).toBe(planned.sramBytes);
    expect(virtual.latencyMs).not.toBeNull();
    // It is not plugged in: built and judged, not measured.
    expect(desk.latencyMs).toBeNull();
    expect(desk.int8Accuracy).not.toBeNull();
    expect(desk.promised.latencyMs).toBeGreaterThan(virtual.promised.latencyMs / 3);

    const again = [...common, ...more, '--repeat', join(folder, 'run'), '--out', join(folder, 'again')];
    const repeated = await mcunet(again);
    expect(repeated.exitCode).toBe(0);
    const fileOf = (run: string, name: string): Buffer => readFileSync(join(folder, run, name));
    for (const name of ['quantized.tflite', 'parts/nucleo-f401re/network.bin', 'parts/nucleo-f401re/quantized.tflite'])
      expect(fileOf('again', name).equals(fileOf('run', name)), name).toBe(true);
    const elsewhere = ['--board', 'virtual-stm32f405,nucleo-f446re', '--out', join(folder, 'other')];
    const other = await mcunet([...again.filter((word) => word !== '--json'), ...elsewhere]);
    expect(other.err).toContain('the list of further boards was nucleo-f401re, and is nucleo-f446re now');
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

describe('mcunet space', () => {
  it('writes a space that a search can read, for the classes and the size of a dataset', async () => {
    const dataset = 'generated:road-signs?size=40&train=64&validation=32&test=32';
    const { exitCode, out } = await mcunet(['space', '--dataset', dataset, '--width', '0.3']);
    expect(exitCode).toBe(0);
    const written = parseSearchSpace(JSON.parse(out), 'the answer');
    expect(written).toMatchObject({ name: 'w0.3-r40', classes: 16, input: { height: 40, width: 40, channels: 3 } });
    expect(written.stages.length).toBeGreaterThan(1);
    const { json } = await mcunet(['space', '--dataset', dataset, '--width', '0.3', '--json']);
    expect(json).toEqual(written);
  });

  it('says what is wrong with a dataset', async () => {
    const { exitCode, err } = await mcunet(['space', '--dataset', 'generated:road-sings']);
    expect(exitCode).toBe(1);
    expect(err).toContain('road-sings');
  });
});
