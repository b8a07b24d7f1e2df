import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  connectService,
  memoryPair,
  mostFrameBytes,
  serveClient,
  studioService,
  type LiveStatus,
  type StudioClient,
} from '../../main/contract/index.ts';
import { interpret } from '../../main/core/graph/index.ts';
import { readModel } from '../../main/core/formats/index.ts';
import { Studio } from '../../main/studio/index.ts';
import { mcunet, tinyClassifier } from '../cli/commandLine.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const hasBoard = programOnPath('arm-none-eabi-gcc') && programOnPath('qemu-system-arm');
const dataset = 'generated:road-signs?size=32&train=32&validation=16&test=16';

let closing: (() => Promise<void>) | undefined;
afterAll(() => closing?.());

/** One run for all: what differs is what is done with it. */
let built: Promise<{ client: StudioClient; model: string; runId: string }> | undefined;
const withBuiltRun = (): NonNullable<typeof built> => (built ??= buildOnce());

async function buildOnce(): Promise<{ client: StudioClient; model: string; runId: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'mcunet-live-'));
  const studio = new Studio(join(folder, 'workspace'));
  const [near, far] = memoryPair();
  serveClient(studioService, studio.handlers, far);
  const client = connectService(studioService, near);
  closing = async () => {
    client.close();
    await studio.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const model = tinyClassifier(folder);
  const { runId } = await client.call('jobs.start', {
    params: { kind: 'build', model, boardId: 'virtual-stm32f405' },
  });
  await vi.waitFor(async () => expect((await client.call('runs.get', { id: runId })).state).toBe('done'), {
    timeout: 50_000,
  });
  return { client, model, runId };
}

/** A picture of one colour, larger than the network's input. */
const picture = async (): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp({ create: { width: 80, height: 64, channels: 3, background: { r: 200, g: 40, b: 90 } } })
      .png()
      .toBuffer(),
  );

/** The emulators that this process has started. */
const emulators = (): number[] =>
  execFileSync('ps', ['-eo', 'pid,ppid,comm'], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => Number(parent) === process.pid && command?.startsWith('qemu-system') === true)
    .map(([pid]) => Number(pid));

describe.skipIf(!hasBoard)('live inference', () => {
  it('shows a picture to the board, prepared as the network wants it, and gives what the board said', async () => {
    const { client, model, runId } = await withBuiltRun();
    const info = await client.call('live.start', { runId });
    expect(info).toMatchObject({ kind: 'images', shape: { height: 32, width: 32, channels: 3 }, estimated: true });
    const result = await client.call('live.infer', {
      liveId: info.liveId,
      frame: { kind: 'file', bytes: await picture() },
    });
    const input = Int8Array.from({ length: 32 * 32 * 3 }, (_, i) => [200, 40, 90][i % 3] - 128);
    const [expected] = interpret(readModel(readFileSync(model), 'tiny'), [input]);
    expect(result.scores).toEqual(Array.from(expected, (value) => (value + 128) / 256));
    expect(result).toMatchObject({ label: null, equal: true });
    expect(result.instructions).toBeGreaterThan(1000);
    const { data } = await sharp(result.png).raw().toBuffer({ resolveWithObject: true });
    expect([...data.subarray(0, 3)]).toEqual([200, 40, 90]);
    await client.call('live.stop', { liveId: info.liveId });
    await expect(client.call('live.stop', { liveId: info.liveId })).rejects.toMatchObject({ code: 'live.closed' });
  });

  it('shows samples of a dataset with what they are, and refuses what it cannot show', async () => {
    const { client, runId } = await withBuiltRun();
    const { liveId, classes } = await client.call('live.start', { runId, dataset });
    onTestFinished(async () => void (await client.call('live.stop', { liveId })));
    expect(classes).toHaveLength(16);
    const show = (frame: unknown) => client.call('live.infer', { liveId, frame: frame as never });
    expect((await show({ kind: 'sample', split: 'test', index: 3 })).label).not.toBeNull();
    const refusals: [unknown, string][] = [
      [{ kind: 'sample', split: 'test', index: 16 }, 'live.no-sample'],
      [{ kind: 'file', bytes: new Uint8Array([1, 2, 3]) }, 'dataset.unreadable-frame'],
      [{ kind: 'file', bytes: new Uint8Array(0) }, 'contract.invalid-params'],
      [{ kind: 'file', bytes: new Uint8Array(mostFrameBytes + 1) }, 'contract.invalid-params'],
      [{ kind: 'file', path: '/etc/passwd' }, 'contract.invalid-params'],
    ];
    for (const [frame, code] of refusals) await expect(show(frame)).rejects.toMatchObject({ code });
    const crowd = await Promise.allSettled(
      Array.from({ length: 12 }, () => show({ kind: 'sample', split: 'test', index: 0 })),
    );
    const refused = crowd.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((entry) => entry.status === 'rejected' && entry.reason.code === 'live.busy')).toBe(true);
  });

  it('tells that the board went away, and goes on when it is back', async () => {
    const { client, runId } = await withBuiltRun();
    const before = emulators();
    const { liveId } = await client.call('live.start', { runId });
    onTestFinished(async () => void (await client.call('live.stop', { liveId })));
    const heard: LiveStatus[] = [];
    client.listen('live', { liveId }, (status) => heard.push(status));
    const frame = { kind: 'file' as const, bytes: await picture() };
    await client.call('live.infer', { liveId, frame });
    const [emulator] = emulators().filter((pid) => !before.includes(pid));
    process.kill(emulator, 'SIGKILL');
    await expect(client.call('live.infer', { liveId, frame })).rejects.toMatchObject({ code: /^link\./ });
    await vi.waitFor(() => expect(heard.at(-1)?.state).toBe('ready'), { timeout: 30_000 });
    expect(heard.map(({ state }) => state)).toEqual(['ready', 'lost', 'ready']);
    expect(heard[1].error?.code).toMatch(/^link\./);
    expect(await client.call('live.infer', { liveId, frame })).toMatchObject({ equal: true });
  });

  it('leaves no emulator behind when it is stopped', async () => {
    const { client, runId } = await withBuiltRun();
    const before = emulators().length;
    const { liveId } = await client.call('live.start', { runId });
    expect(emulators().length).toBe(before + 1);
    await client.call('live.stop', { liveId });
    expect(emulators().length).toBe(before);
  });

  it('is a command, too', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'ein Bild.png');
    writeFileSync(file, await picture());
    const { exitCode, json } = await mcunet([
      ...['infer', file, '--model', tinyClassifier(folder), '--board', 'virtual-stm32f405'],
      ...['--dataset', dataset, '--json'],
    ]);
    expect(exitCode).toBe(0);
    expect(json).toMatchObject({ results: [{ file, equal: true, label: null }], estimated: true });
  });
});

describe('a run that was not built', () => {
  it('cannot be shown anything', async () => {
    const folder = temporaryFolder();
    const studio = new Studio(join(folder, 'workspace'));
    onTestFinished(() => studio.close());
    const [near, far] = memoryPair();
    serveClient(studioService, studio.handlers, far);
    const client = connectService(studioService, near);
    await expect(client.call('live.start', { runId: 'no-such-run' })).rejects.toMatchObject({ code: 'store.no-run' });
    await expect(client.call('live.start', { runId: '../../etc' })).rejects.toMatchObject({
      code: 'contract.invalid-params',
    });
  });
});
