import { mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, describe, expect, it, vi } from 'vitest';
import {
  connectService,
  jobParamsSchema,
  memoryPair,
  serveClient,
  studioService,
  type JobEvent,
  type JobParams,
  type StudioClient,
} from '../../main/contract/index.ts';
import { Studio, type DoJob } from '../../main/studio/index.ts';
import { tinyClassifier } from '../cli/commandLine.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');

/** A window's view of the service: everything crosses the contract. */
function openStudio(work?: DoJob): { client: StudioClient; folder: string } {
  const folder = temporaryFolder();
  const studio = new Studio(join(folder, 'workspace'), work);
  const [near, far] = memoryPair();
  serveClient(studioService, studio.handlers, far);
  const client = connectService(studioService, near);
  onTestFinished(async () => {
    client.close();
    await studio.close();
  });
  return { client, folder };
}

/** A quarter of a second of a tone, as a WAV file. */
function tone(hertz: number): Uint8Array {
  const samples = 2000;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write('WAVEfmt ', 8);
  [16, 1 | (1 << 16), 8000, 16_000, 2 | (16 << 16)].forEach((value, i) => file.writeUInt32LE(value, 16 + 4 * i));
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++)
    file.writeInt16LE(Math.round(20_000 * Math.sin((2 * Math.PI * hertz * i) / 8000)), 44 + 2 * i);
  return new Uint8Array(file);
}

describe('the service', () => {
  it('says who it is, and that it stays on this machine', async () => {
    const { client, folder } = openStudio();
    expect(await client.call('system.info', {})).toMatchObject({ offline: true, workspace: join(folder, 'workspace') });
  });

  it('lists boards, inspects models, walks folders', async () => {
    const { client, folder } = openStudio();
    const model = tinyClassifier(folder);
    expect((await client.call('boards.list', {})).map(({ id }) => id)).toContain('virtual-stm32f405');
    expect(await client.call('models.inspect', { path: model })).toMatchObject({ macs: 48 });
    mkdirSync(join(folder, 'Ünter'));
    writeFileSync(join(folder, '.hidden'), '');
    symlinkSync(join(folder, 'itself'), join(folder, 'itself'));
    const { entries, parent } = await client.call('files.list', { folder });
    expect(entries.map(({ name }) => name)).toEqual(expect.arrayContaining(['Ünter', 'tiny.tflite']));
    for (const name of ['.hidden', 'itself']) expect(entries.map((entry) => entry.name)).not.toContain(name);
    expect(parent).not.toBeNull();
    await expect(client.call('files.list', { folder: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'files.unreadable',
    });
  });

  it('writes a model as what can be taken away, for the board that it names', async () => {
    const { client, folder } = openStudio();
    const model = tinyClassifier(folder);
    for (const [format, file] of [
      ['c', 'model.h'],
      ['arduino', 'library.properties'],
      ['cmsis-pack', '.pack'],
      ['tflite', '.tflite'],
    ] as const) {
      const out = join(folder, 'out ü', format);
      const written = await client.call('models.export', { model, format, out, board: 'virtual-stm32f405' });
      expect(written.files.map(({ path }) => path).join()).toContain(file);
      for (const { path, bytes } of written.files) expect(statSync(join(out, path)).size).toBe(bytes);
    }
    await expect(client.call('models.export', { model, format: 'c', out: 'here' })).rejects.toMatchObject({
      code: 'files.not-absolute',
    });
  });

  it('answers raw samples with the reference interpreter', async () => {
    const { client, folder } = openStudio();
    const input = join(folder, 'sample.bin');
    writeFileSync(input, new Int8Array(32 * 32 * 3));
    const { samples } = await client.call('models.run', {
      model: tinyClassifier(folder),
      inputs: [input, input],
      out: join(folder, 'answers'),
    });
    expect(samples.map(({ output }) => statSync(output).size)).toEqual([16, 16]);
    expect(samples[0].sha256).toBe(samples[1].sha256);
  });

  it('lives on when its workspace is gone for a while, and says so once', async () => {
    const { client, folder } = openStudio();
    const runs = join(folder, 'workspace', 'runs');
    await client.call('runs.list', {});
    const warnings: string[] = [];
    const hear = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', hear);
    onTestFinished(() => void process.off('warning', hear));
    renameSync(runs, `${runs} elsewhere`);
    const changes: string[] = [];
    client.listen('runs', {}, ({ changed }) => changes.push(...changed));
    await vi.waitFor(() => expect(warnings.join()).toContain(`${runs}, cannot be read`), {
      timeout: 10_000,
      interval: 100,
    });
    await expect(client.call('runs.list', {})).rejects.toMatchObject({ code: 'store.no-workspace' });
    renameSync(`${runs} elsewhere`, runs);
    const params: JobParams = { kind: 'build', model: join(folder, 'gone.tflite'), boardId: 'virtual-stm32f405' };
    const { runId } = await client.call('jobs.start', { params });
    await vi.waitFor(() => expect(changes).toContain(runId), { timeout: 10_000, interval: 100 });
    expect(warnings).toHaveLength(1);
  }, 30_000);

  it('erases no chip without the words that confirm it', async () => {
    const { client } = openStudio();
    await expect(client.call('boards.unlock', { boardId: 'nucleo-f446re', confirmation: 'yes' })).rejects.toMatchObject(
      { code: 'probe.not-confirmed' },
    );
  });

  it('opens a dataset and shows its samples', async () => {
    const { client } = openStudio();
    const spec = 'generated:road-signs?size=32&train=40&validation=16&test=16';
    const report = await client.call('datasets.inspect', { spec });
    expect(report).toMatchObject({ classes: expect.any(Array), shape: { height: 32, width: 32, channels: 3 } });
    const page = await client.call('datasets.samples', { spec, split: 'train', offset: 30, limit: 20 });
    expect(page.total).toBe(40);
    expect(page.samples).toHaveLength(10);
    for (const { png } of page.samples) expect([...png.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
    const ofOneClass = await client.call('datasets.samples', { spec, split: 'train', label: 3, offset: 0, limit: 200 });
    expect(new Set(ofOneClass.samples.map(({ label }) => label))).toEqual(new Set([3]));
  });

  it('records samples into a folder of a dataset, which can then be opened', async () => {
    const { client, folder } = openStudio();
    const recorded = join(folder, 'meine Töne');
    const add = (className: string, bytes: Uint8Array, session = 's1') =>
      client.call('capture.add', { folder: recorded, className, bytes, session });
    for (let take = 0; take < 12; take++) {
      await add('low', tone(200 + take), `s${take}`);
      await add('high', tone(2000 + 10 * take), `s${take}`);
    }
    expect(await client.call('capture.classes', { folder: recorded })).toEqual([
      { name: 'high', count: 12 },
      { name: 'low', count: 12 },
    ]);
    expect(await client.call('datasets.inspect', { spec: recorded })).toMatchObject({ kind: 'audio', brokenCount: 0 });
    const { id, isNew } = await add('low', tone(200), 's0');
    expect(isNew).toBe(false);
    await client.call('capture.discard', { folder: recorded, id });
    expect((await client.call('capture.classes', { folder: recorded }))[1].count).toBe(11);
    await expect(add('../out', tone(1))).rejects.toMatchObject({ code: 'dataset.bad-class-name' });
    await expect(add('low', new Uint8Array(9))).rejects.toMatchObject({ code: 'dataset.unknown-format' });
    await expect(client.call('capture.classes', { folder: 'here' })).rejects.toMatchObject({
      code: 'files.not-absolute',
    });
  });

  it('keeps a job that failed, with what to do', async () => {
    const { client, folder } = openStudio();
    const { runId } = await client.call('jobs.start', {
      params: { kind: 'build', model: join(folder, 'gone.tflite'), boardId: 'virtual-stm32f405' },
    });
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('failed'));
    expect(await client.call('runs.get', { id: runId })).toMatchObject({
      error: { code: 'model.not-found' },
      boardId: 'virtual-stm32f405',
    });
    await expect(client.call('runs.report', { id: runId })).rejects.toMatchObject({ code: 'run.no-artefact' });
  });

  it('calls a run as it was asked to, and in its own words otherwise', async () => {
    const { client, folder } = openStudio();
    const params: JobParams = { kind: 'build', model: join(folder, 'gone.tflite'), boardId: 'virtual-stm32f405' };
    const titleOf = async (title?: string): Promise<string> => {
      const { runId } = await client.call('jobs.start', { params, ...(title !== undefined && { title }) });
      return (await client.call('runs.get', { id: runId })).title;
    };
    expect(await titleOf('Ein Versuch')).toBe('Ein Versuch');
    expect(await titleOf()).toBe('Build gone on virtual-stm32f405');
    await expect(titleOf('Zwei\nZeilen')).rejects.toMatchObject({ code: 'contract.invalid-params' });
  });

  it('resumes a job when what was missing is there', async () => {
    const { client, folder } = openStudio();
    const { runId } = await client.call('jobs.start', {
      params: { kind: 'build', model: join(folder, 'tiny.tflite'), boardId: 'nowhere' },
    });
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('failed'));
    await client.call('jobs.resume', { runId });
    await vi.waitFor(async () =>
      expect((await client.call('runs.get', { id: runId })).error?.code).toBe('board.unknown'),
    );
  });

  it('renames and removes runs, and tells that they changed', async () => {
    const { client, folder } = openStudio();
    const changes: string[] = [];
    client.listen('runs', {}, ({ changed }) => changes.push(...changed));
    const { runId } = await client.call('jobs.start', {
      params: { kind: 'build', model: join(folder, 'gone.tflite'), boardId: 'virtual-stm32f405' },
    });
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('failed'));
    await client.call('runs.rename', { id: runId, title: 'Ein Versuch' });
    expect((await client.call('runs.list', { text: 'versuch' })).runs.map(({ id }) => id)).toEqual([runId]);
    await client.call('runs.remove', { id: runId });
    expect((await client.call('runs.list', {})).total).toBe(0);
    await vi.waitFor(() => expect(changes).toContain(runId), { timeout: 10_000 });
  });

  it('neither renames nor removes what is being done, what waits, or a cell of either', async () => {
    let finish = (): void => undefined;
    const { client } = openStudio((_params, trip) =>
      trip.go([], () => new Promise((resolve) => (finish = () => resolve(null)))),
    );
    onTestFinished(() => finish());
    const start = (params: JobParams) => client.call('jobs.start', { params });
    const build = { kind: 'build', model: 'm.tflite', boardId: 'virtual-stm32f405' } as const;
    const running = (await start(build)).runId;
    const matrix = { format: 1, title: 'One by one', models: ['m.tflite'], boards: [{ id: 'here' }] };
    const { runId: waiting } = await start(jobParamsSchema.parse({ kind: 'bench', matrix }));
    for (const [id, says] of [
      [running, 'is being done'],
      [waiting, 'One by one is waiting for its turn'],
      [`${waiting}-c000`, 'One by one is waiting for its turn'],
    ] as const) {
      const refused = { code: 'run.being-done', message: expect.stringContaining(says) };
      await expect(client.call('runs.remove', { id })).rejects.toMatchObject(refused);
      await expect(client.call('runs.rename', { id, title: 'mine' })).rejects.toMatchObject(refused);
    }
    await client.call('jobs.cancel', { runId: waiting });
    finish();
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: running })).state).toBe('done'));
    for (const id of [running, waiting]) await client.call('runs.remove', { id });
    expect((await client.call('runs.list', {})).total).toBe(0);
  });

  it('writes nothing by hand into a real board on which a job is being done', async () => {
    let finish = (): void => undefined;
    const { client, folder } = openStudio(async ({ kind }, trip) => {
      if (kind !== 'build') await trip.go([], () => new Promise((resolve) => (finish = () => resolve(null))));
    });
    onTestFinished(() => finish());
    const boardId = 'nucleo-f446re';
    const start = async (params: unknown) =>
      (await client.call('jobs.start', { params: jobParamsSchema.parse(params) })).runId;
    const built = await start({ kind: 'build', model: 'm.tflite', boardId });
    const boards = [{ id: 'virtual-stm32f405' }, { id: boardId }];
    const matrix = { format: 1, title: 'Over night', models: ['m.tflite'], boards };
    const session = await start({ kind: 'bench', matrix });
    const image = join(folder, 'none.elf');
    const byHand = [
      () => client.call('boards.flash', { boardId, image }),
      () => client.call('boards.smoke', { boardId, probe: 'nonsense' }),
      () => client.call('boards.calibrate', { boardId, probe: 'nonsense' }),
      () => client.call('boards.unlock', { boardId, confirmation: `erase ${boardId}`, probe: 'nonsense' }),
      () => client.call('live.start', { runId: built }),
    ];
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: session })).state).toBe('running'));
    for (const call of byHand)
      await expect(call()).rejects.toMatchObject({
        code: 'board.in-use',
        message: 'NUCLEO-F446RE is taken by a job that is being done: Over night.',
        details: { boardId, job: session },
      });
    for (const id of ['virtual-stm32f405', 'nucleo-f401re'])
      await expect(client.call('boards.flash', { boardId: id, image })).rejects.toMatchObject({
        code: 'probe.image-unreadable',
      });
    finish();
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: session })).state).toBe('done'));
    await expect(byHand[0]()).rejects.toMatchObject({ code: 'probe.image-unreadable' });
  });

  it.each(['', '  ', 'two\nlines', 'x'.repeat(201)])(
    'takes no name that is none or not one line: %j',
    async (title) => {
      const { client } = openStudio();
      await expect(client.call('runs.rename', { id: 'build-x', title })).rejects.toMatchObject({
        code: 'contract.invalid-params',
      });
    },
  );
});

describe.skipIf(!hasBoard)('a job of the service', () => {
  it('tells its steps as it goes and leaves a report and files', async () => {
    const { client, folder } = openStudio();
    const events: JobEvent[] = [];
    const { runId } = await client.call('jobs.start', {
      params: { kind: 'profile', model: tinyClassifier(folder), boardId: 'virtual-stm32f405' },
    });
    client.listen('job', { runId }, (event) => events.push(event));
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('done'), {
      timeout: 50_000,
    });
    expect(events.at(-1)).toMatchObject({ type: 'ended', state: 'done' });
    expect(events.filter(({ type }) => type === 'step').length).toBeGreaterThan(3);
    const report = await client.call('runs.report', { id: runId });
    expect(report.profile?.instructions).toBeGreaterThan(1000);
    const run = await client.call('runs.get', { id: runId });
    expect(run.figures).toMatchObject({ latencyEstimated: true, instructions: report.profile?.instructions });
    expect(run.artefacts.map(({ name }) => name)).toEqual(expect.arrayContaining(['c/model.h', 'report.html']));
    const { bytes } = await client.call('runs.artefact', { id: runId, name: 'report.html' });
    expect(new TextDecoder().decode(bytes)).toContain('<!doctype html>');
    expect((await client.call('runs.log', { id: runId, from: 0 })).lines.length).toBeGreaterThan(3);
    expect((await client.call('runs.list', { kinds: ['profile'], states: ['done'] })).total).toBe(1);
  });

  it('tries a board, and writes an image into it', async () => {
    const { client, folder } = openStudio();
    const boardId = 'virtual-stm32f405';
    const { runId } = await client.call('jobs.start', {
      params: { kind: 'build', model: tinyClassifier(folder), boardId },
    });
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('done'), {
      timeout: 50_000,
    });
    const { artefacts } = await client.call('runs.get', { id: runId });
    const elf = artefacts.find(({ name }) => name.endsWith('.elf'))?.file ?? '';
    const image = join(folder, 'workspace', 'runs', runId, elf);
    expect(await client.call('boards.flash', { boardId, image })).toMatchObject({ selector: expect.any(String) });
    expect(await client.call('boards.smoke', { boardId })).toMatchObject({ blinks: 4, measuredClockHz: null });
  });

  it('is cancelled at once, and leaves a run that can be resumed', async () => {
    const { client, folder } = openStudio();
    const { runId } = await client.call('jobs.start', {
      params: {
        kind: 'evaluate',
        model: tinyClassifier(folder),
        boardId: 'virtual-stm32f405',
        dataset: 'generated:road-signs?train=16&validation=16&test=2000',
      },
    });
    await new Promise<void>((resolve) => client.listen('job', { runId }, ({ type }) => type === 'answer' && resolve()));
    await client.call('jobs.cancel', { runId });
    await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('cancelled'), {
      timeout: 20_000,
    });
    const { steps } = await client.call('runs.get', { id: runId });
    expect(steps.find(({ name }) => name === 'profile')?.state).toBe('done');
    await expect(client.call('jobs.cancel', { runId })).rejects.toMatchObject({ code: 'job.unknown' });
  });
});
