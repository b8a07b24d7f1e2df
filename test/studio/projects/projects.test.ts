import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noFigures, type Progress } from '../../../main/contract/index.ts';
import { Workspace } from '../../../main/store/index.ts';
import { inspectProject, openProject, packProject } from '../../../main/studio/index.ts';
import { readRunArtefact } from '../../../main/studio/service/runArtefact.ts';
import { mcunet } from '../../cli/commandLine.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { forgeZip, type ForgedEntry } from './hostileZip.ts';

function workspaceAt(folder: string): Workspace {
  const workspace = Workspace.open(folder);
  onTestFinished(() => workspace.close());
  return workspace;
}

/** A workspace with one training on a folder of pictures, and one profile of a model file that lies elsewhere. */
function workbench(folder: string) {
  const workspace = workspaceAt(join(folder, 'Wörk "bench"'));
  const data = join(folder, 'pictures');
  for (const name of ['cats/1.png', 'cats/2.png', 'dogs/1.png']) {
    mkdirSync(join(data, name, '..'), { recursive: true });
    writeFileSync(join(data, name), `picture ${name}`);
  }
  const model = join(folder, 'my model.tflite');
  writeFileSync(model, new Uint8Array(4_000_000));
  const train = workspace.createRun({
    kind: 'train',
    title: 'Cats',
    params: { kind: 'train', dataset: `${data}?size=32`, boardId: 'b', minutes: 1 },
    dataset: `${data}?size=32`,
  });
  const artefact = train.writeArtefact('train', 'weights/ünï.bin', new Uint8Array(3_000).fill(7));
  train.finishStep('train', { inputHash: 'h', artefacts: [artefact], output: { epochs: 3 } });
  train.update({ state: 'done' });
  train.close();
  const profile = workspace.createRun({
    kind: 'profile',
    title: 'Mine',
    params: { kind: 'profile', model, boardId: 'b' },
  });
  profile.update({ state: 'failed' });
  profile.close();
  return { workspace, data, model, trainId: train.record.id, profileId: profile.record.id };
}

describe('a project', () => {
  it('is packed into one file and opened elsewhere, with what it was made from', async () => {
    const folder = temporaryFolder();
    const { workspace, data, model, trainId, profileId } = workbench(folder);
    workspace.changeSettings({ board: 'virtual-stm32f405' });
    const path = join(folder, 'shared.mcunet');
    const seen: Progress[] = [];
    const packed = await packProject(
      workspace,
      { path, name: 'Cats & dogs', datasets: 'copy' },
      { onProgress: (progress) => seen.push(progress) },
    );
    expect(packed).toMatchObject({ path, name: 'Cats & dogs', leftOut: [] });
    expect(seen.at(-1)).toMatchObject({ stage: 'packing', done: packed.unpackedBytes, total: packed.unpackedBytes });
    expect(
      inspectProject(path)
        .runs.map(({ id }) => id)
        .sort(),
    ).toEqual([profileId, trainId].sort());
    rmSync(data, { recursive: true });
    rmSync(model);

    const there = workspaceAt(join(folder, 'elsewhere'));
    const opened = await openProject(there, path);
    expect(opened).toMatchObject({ alreadyThere: [], missing: [], settings: { board: 'virtual-stm32f405' } });
    expect(there.settings).toEqual({ board: 'virtual-stm32f405' });
    const run = there.openRun(trainId);
    expect(run.finishedStep('train', 'h')?.output).toEqual({ epochs: 3 });
    expect(readFileSync(run.path('weights/ünï.bin'))).toEqual(Buffer.alloc(3_000, 7));
    run.close();
    const dataset = String(there.readRun(trainId).params['dataset']);
    expect(dataset).toMatch(/\?size=32$/);
    expect(readFileSync(join(dataset.replace(/\?.*/, ''), 'dogs', '1.png'), 'utf8')).toBe('picture dogs/1.png');
    expect(readFileSync(String(there.readRun(profileId).params['model']))).toHaveLength(4_000_000);
    expect((await there.listRuns()).total).toBe(2);
  });

  it('refers to datasets that it does not copy, and says which are not here', async () => {
    const folder = temporaryFolder();
    const { workspace, data } = workbench(folder);
    const path = join(folder, 'p.mcunet');
    const { references } = await packProject(workspace, { path, name: 'p', datasets: 'reference' });
    expect(references).toContainEqual({ kind: 'dataset', original: data, copied: false, bytes: 0 });
    expect((await openProject(workspaceAt(join(folder, 'one')), path)).missing).toEqual([]);
    rmSync(data, { recursive: true });
    expect((await openProject(workspaceAt(join(folder, 'two')), path)).missing).toMatchObject([{ original: data }]);
  });

  it('leaves runs as they are that are there already', async () => {
    const folder = temporaryFolder();
    const { workspace, trainId, profileId } = workbench(folder);
    const path = join(folder, 'p.mcunet');
    await packProject(workspace, { path, name: 'p', runIds: [trainId], datasets: 'copy' });
    const run = workspace.openRun(trainId);
    run.update({ title: 'further along' });
    run.close();
    expect(await openProject(workspace, path)).toMatchObject({ opened: [], alreadyThere: [trainId] });
    expect(workspace.readRun(trainId).title).toBe('further along');
    expect(workspace.readRun(profileId).title).toBe('Mine');
  });

  it('leaves a run out that is being done, and says so', async () => {
    const folder = temporaryFolder();
    const { workspace, trainId } = workbench(folder);
    const run = workspace.openRun(trainId);
    const path = join(folder, 'p.mcunet');
    const { leftOut, runs } = await packProject(workspace, { path, name: 'p', datasets: 'reference' });
    run.close();
    expect(leftOut).toEqual([trainId]);
    expect(runs).toHaveLength(1);
  });

  it('has its files once, however often it is opened', async () => {
    const folder = temporaryFolder();
    const { workspace } = workbench(folder);
    const path = join(folder, 'p.mcunet');
    await packProject(workspace, { path, name: 'p', datasets: 'copy' });
    const there = workspaceAt(join(folder, 'there'));
    await openProject(there, path);
    await openProject(there, path);
    expect(readdirSync(join(there.folder, 'projects'))).toHaveLength(1);
  });

  it('is packed, shown and opened by the command line', async () => {
    const folder = temporaryFolder();
    const { workspace, trainId } = workbench(folder);
    const file = join(folder, 'näme.mcunet');
    const there = join(folder, 'there');
    const packed = await mcunet(['project', 'pack', file, '--workspace', workspace.folder, '--run', trainId, '--json']);
    expect(packed.json).toMatchObject({ name: 'näme', runs: [{ id: trainId }] });
    expect((await mcunet(['project', 'info', file])).out).toContain(trainId);
    const opened = await mcunet(['project', 'open', file, '--workspace', there, '--json']);
    expect(opened).toMatchObject({ exitCode: 0, json: { opened: [trainId] } });
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const folder = temporaryFolder();
    const { workspace } = workbench(folder);
    const path = join(folder, 'p.mcunet');
    const before = readdirSync(folder);
    const signal = AbortSignal.abort();
    await expect(packProject(workspace, { path, name: 'p', datasets: 'copy' }, { signal })).rejects.toThrow(/abort/);
    expect(readdirSync(folder)).toEqual(before);
  });
});

/** A project file of the first version, as it was on the disk then. */
function projectOfFirstVersion(): Buffer {
  const id = 'build-20261122-000000-abcd';
  const record = {
    ...{ format: 1, id, kind: 'build', title: 'An old run', state: 'done', createdAt: 1, updatedAt: 2, finishedAt: 2 },
    ...{
      boardId: 'virtual-stm32f405',
      model: 'tiny',
      dataset: null,
      params: { kind: 'build' },
      steps: [],
      error: null,
    },
    environment: {},
    figures: {
      ...{ floatAccuracy: null, int8Accuracy: null, boardAccuracy: null, latencyMs: null, latencyEstimated: null },
      ...{ instructions: null, sramBytes: 1, flashBytes: 2, macs: 3, parameters: 4 },
    },
    artefacts: [
      { name: 'firmware/image.bin', file: 'firmware/image.bin', bytes: 1, sha256: 'b'.repeat(64), step: 'image' },
      { name: 'firmware/image.elf', file: 'firmware/image.elf', bytes: 1, sha256: 'a'.repeat(64), step: 'image' },
    ],
  };
  return projectOf([{ path: `runs/${id}/run.json`, content: JSON.stringify(record) }], { runs: [record] });
}

interface Inside {
  readonly path: string;
  readonly content: string;
}

/** A project file that lists these files, right in everything that a test does not change. */
function projectOf(inside: readonly Inside[], change: Record<string, unknown> = {}, more: ForgedEntry[] = []): Buffer {
  const files = inside.map(({ path, content }) => ({
    path,
    bytes: Buffer.byteLength(content),
    sha256: createHash('sha256').update(content).digest('hex'),
  }));
  const manifest = {
    ...{ format: 1, app: 'MCUNet Studio', name: 'forged', packedAt: 0, packedBy: '0.1.0' },
    ...{ runs: [], references: [], settings: {}, files, ...change },
  };
  return forgeZip([
    ...inside.map(({ path, content }) => ({ name: path, content })),
    ...more,
    { name: 'project.json', content: JSON.stringify(manifest) },
  ]);
}

describe('a project of another version', () => {
  it('that is older opens, through the migrations', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'old.mcunet'), projectOfFirstVersion());
    const workspace = workspaceAt(join(folder, 'w'));
    const { opened } = await openProject(workspace, join(folder, 'old.mcunet'));
    expect(opened).toHaveLength(1);
    expect(workspace.readRun(opened[0] ?? '')).toMatchObject({ title: 'An old run', imageSha256: 'a'.repeat(64) });
    expect(JSON.parse(readFileSync(join(workspace.runsFolder, opened[0] ?? '', 'run.json'), 'utf8'))).toMatchObject({
      format: 2,
    });
  });

  it('that is newer is refused politely', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'new.mcunet'), projectOf([], { format: 9 }));
    const workspace = workspaceAt(join(folder, 'w'));
    await expect(openProject(workspace, join(folder, 'new.mcunet'))).rejects.toMatchObject({
      code: 'store.newer-format',
      message: expect.stringContaining('was written by a newer MCUNet Studio'),
    });
  });

  it('holding a run that is newer is refused, and nothing of it opened', async () => {
    const folder = temporaryFolder();
    const run = { format: 99, id: 'demo-1' };
    const head = { id: 'demo-1', title: 'x', kind: 'demo', state: 'done', createdAt: 1, boardId: null, model: null };
    writeFileSync(
      join(folder, 'new.mcunet'),
      projectOf([{ path: 'runs/demo-1/run.json', content: JSON.stringify(run) }], {
        runs: [{ ...head, dataset: null }],
      }),
    );
    const workspace = workspaceAt(join(folder, 'w'));
    await expect(openProject(workspace, join(folder, 'new.mcunet'))).rejects.toMatchObject({
      code: 'store.newer-format',
    });
    expect(readdirSync(workspace.runsFolder)).toEqual([]);
  });
});

describe('a hostile or broken project file', () => {
  const refusals: [string, () => Buffer, string, RegExp][] = [
    ['names a path out of itself', () => projectOf([{ path: '../../evil', content: 'x' }]), 'project.unsafe', /evil/],
    ['names an absolute path', () => projectOf([{ path: '/etc/evil', content: 'x' }]), 'project.unsafe', /evil/],
    [
      'lists a path out of itself, and has no such entry',
      () => projectOf([], { files: [{ path: 'runs/../../evil', bytes: 1, sha256: 'a'.repeat(64) }] }),
      'project.unsafe',
      /outside of its project/,
    ],
    [
      'holds a link',
      () => projectOf([], {}, [{ name: 'files/0/link', content: '/etc/passwd', mode: 0o120777 }]),
      'project.unsafe',
      /link/,
    ],
    [
      'is a zip bomb',
      () => projectOf([], {}, [{ name: 'files/0/zeros', content: new Uint8Array(16 * 2 ** 20) }]),
      'project.unsafe',
      /exhaust this machine/,
    ],
    ['is no zip', () => Buffer.from('hello'), 'project.not-a-project', /no usable|not a usable/],
    [
      'is a zip of something else',
      () => forgeZip([{ name: 'a.txt', content: 'x' }]),
      'project.not-a-project',
      /no project\.json/,
    ],
    [
      'has a manifest that is no JSON',
      () => forgeZip([{ name: 'project.json', content: '{' }]),
      'project.not-a-project',
      /no JSON/,
    ],
    [
      'is cut off',
      () => projectOf([{ path: 'files/0/a', content: 'x'.repeat(999) }]).subarray(0, 300),
      'project.not-a-project',
      /cut off/,
    ],
  ];

  it.each(refusals)('that %s is refused, and nothing is written', async (_what, make, code, message) => {
    const folder = temporaryFolder();
    const file = join(folder, 'bad.mcunet');
    writeFileSync(file, make());
    const told = await mcunet(['project', 'open', file, '--workspace', join(folder, 'w'), '--json']);
    expect(told).toMatchObject({ exitCode: 1, json: { error: { code, message: expect.stringMatching(message) } } });
    expect(readdirSync(folder)).toEqual(['bad.mcunet']);
  });

  it('whose content was changed is refused by its checksum', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'bad.mcunet');
    const listed = { path: 'files/0/a', bytes: 3, sha256: createHash('sha256').update('abc').digest('hex') };
    writeFileSync(file, projectOf([], { files: [listed] }, [{ name: 'files/0/a', content: 'abd' }]));
    await expect(openProject(workspaceAt(join(folder, 'w')), file)).rejects.toMatchObject({
      code: 'project.damaged',
      message: expect.stringContaining('files/0/a is not what was packed'),
    });
  });

  it('never puts more on the disk than it lists, whatever an entry claims', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'bad.mcunet');
    const listed = { path: 'files/0/a', bytes: 100, sha256: 'a'.repeat(64) };
    const lying = { name: 'files/0/a', content: 'x'.repeat(500_000), claimedBytes: 100 };
    writeFileSync(file, projectOf([], { files: [listed] }, [lying]));
    await expect(openProject(workspaceAt(join(folder, 'w')), file)).rejects.toMatchObject({ code: 'project.damaged' });
  });

  it('may claim what it likes in its runs: none of its names lead out of them, in reading or in resuming', async () => {
    const id = 'build-20261122-000000-abcd';
    const claims = ['../../workspace.json', '/etc/passwd', 'c/../../../workspace.json'];
    const record = {
      ...{ format: 2, id, kind: 'build', title: '=1+1 <img src=x>', state: 'interrupted', createdAt: 1, updatedAt: 2 },
      ...{ finishedAt: null, boardId: 'virtual-stm32f405', model: 'x', dataset: null, figures: noFigures, steps: [] },
      params: { kind: 'build', model: 'x.tflite', boardId: 'virtual-stm32f405', __proto__: { evil: true } },
      artefacts: claims.map((file) => ({ name: file, file, bytes: 1, sha256: 'a'.repeat(64), step: 'model' })),
      ...{ error: null, imageSha256: null, environment: {} },
    };
    const step = { inputHash: 'h', artefacts: record.artefacts, output: {} };
    const folder = temporaryFolder();
    const file = join(folder, 'hostile.mcunet');
    const inside = [
      { path: `runs/${id}/run.json`, content: JSON.stringify(record) },
      { path: `runs/${id}/steps/model.json`, content: JSON.stringify(step) },
    ];
    writeFileSync(file, projectOf(inside, { runs: [record] }));
    const workspace = workspaceAt(join(folder, 'w'));
    await openProject(workspace, file);
    const [above, absolute, around] = claims.map(
      (name) => (): unknown => readRunArtefact(workspace.folderOf(id), name),
    );
    for (const read of [above, around]) expect(read).toThrow(/does not name a file inside a run/);
    // Taken for a path in the run's folder, where it is not.
    expect(absolute).toThrow('The run has no file named "/etc/passwd".');
    const run = workspace.openRun(id);
    expect(() => run.finishedStep('model', 'h')).toThrow(/does not name a file inside a run/);
    expect(() => run.finishedStep('../../../evil', 'h')).toThrow(/does not name a file inside a run/);
    run.close();
    expect(({} as { evil?: boolean }).evil).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('and a link in a run that leads out of it hands nothing out', () => {
    const workspace = workspaceAt(join(temporaryFolder(), 'w'));
    const run = workspace.createRun({ kind: 'build', title: 'x', params: {} });
    const artefact = run.writeArtefact('model', 'model.tflite', 'the model');
    run.finishStep('model', { inputHash: 'h', artefacts: [artefact], output: {} });
    run.close();
    expect(readRunArtefact(run.folder, 'model.tflite').bytes).toHaveLength(9);
    rmSync(join(run.folder, 'model.tflite'));
    symlinkSync('/etc/passwd', join(run.folder, 'model.tflite'));
    expect(() => readRunArtefact(run.folder, 'model.tflite')).toThrow(/does not name a file inside a run/);
  });

  it('that is not there is told', async () => {
    const file = join(temporaryFolder(), 'gone.mcunet');
    expect(await mcunet(['project', 'info', file, '--json'])).toMatchObject({
      exitCode: 1,
      json: { error: { code: 'project.unreadable', message: `${file} cannot be read: there is no such file.` } },
    });
  });
});

describe('packing', () => {
  it.skipIf(process.platform === 'win32')('refuses a dataset with a link that leads out of it', async () => {
    const folder = temporaryFolder();
    const { workspace, data } = workbench(folder);
    symlinkSync('/etc/passwd', join(data, 'cats', '3.png'));
    const path = join(folder, 'p.mcunet');
    await expect(packProject(workspace, { path, name: 'p', datasets: 'copy' })).rejects.toMatchObject({
      code: 'project.link-outside',
    });
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a run that is not there, and a place that cannot be written to', async () => {
    const folder = temporaryFolder();
    const { workspace } = workbench(folder);
    const path = join(folder, 'p.mcunet');
    await expect(
      packProject(workspace, { path, name: 'p', runIds: ['demo-1'], datasets: 'copy' }),
    ).rejects.toMatchObject({ code: 'store.no-run' });
    await expect(
      packProject(workspace, { path: join(folder, 'no', 'p.mcunet'), name: 'p', datasets: 'copy' }),
    ).rejects.toMatchObject({ code: 'store.write-failed' });
  });
});
