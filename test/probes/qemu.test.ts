import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { boardTimer, findBoard } from '../../main/boards/index.ts';
import { buildImage, type BuiltImage } from '../../main/firmware/index.ts';
import type { Session } from '../../main/link/index.ts';
import { openQemuProbe, startFirmware, type VirtualBoardProbe } from '../../main/probes/index.ts';
import { handModel, handModelAnswer } from '../firmware/handModel.ts';

const folder = mkdtempSync(join(tmpdir(), 'Prüf stand '));
afterAll(() => rmSync(folder, { recursive: true }));

const inputBytes = 3000;
const input = Int8Array.from({ length: inputBytes }, (_, index) => index * 7);

describe.each(['virtual-stm32f405', 'virtual-mps2-m4', 'virtual-mps2-m7'])('%s, from C to answers', (id) => {
  const board = findBoard(id);
  let image: BuiltImage;
  let probe: VirtualBoardProbe;
  let session: Session;
  beforeAll(async () => {
    image = await buildImage({ board, model: handModel({ inputBytes }), outDir: join(folder, id) });
    probe = await openQemuProbe(board);
    session = await startFirmware(probe, image.flashImage, { buildId: image.buildId });
  });
  afterAll(async () => {
    await session?.close();
    await probe?.close();
  });

  it('introduces itself', () => {
    expect(session.hello()).toMatchObject({ boardId: id, inputBytes, outputBytes: inputBytes, operators: 2 });
  });

  it('runs the model', async () => {
    expect(await session.run(input)).toEqual(handModelAnswer(input));
  });

  it('counts the same instructions for the same input, every time', async () => {
    const profiles = [];
    for (let run = 0; run < 3; run++) {
      await session.load(input);
      profiles.push(await session.profile());
    }
    expect(profiles[1]).toEqual(profiles[0]);
    expect(profiles[2]).toEqual(profiles[0]);
    const time = boardTimer(board);
    const sum = profiles[0]?.operators.reduce((total, { ticks }) => total + ticks, 0) ?? 0;
    expect(time(sum).instructions).toBeGreaterThan(2 * inputBytes);
    expect(sum).toBeLessThan(profiles[0]?.ticks ?? 0);
    expect(time(sum).estimated).toBe(true);
  });

  it('counts instructions exactly, as a loop of known length shows', () => {
    const { calibrationTicks, calibrationInstructions } = session.hello();
    const counted = boardTimer(board)(calibrationTicks).instructions ?? 0;
    expect(Math.abs(counted - calibrationInstructions)).toBeLessThanOrEqual(1);
  });

  it('looks at its memory and goes on', async () => {
    await session.load(input);
    const before = await session.invoke();
    const flash = image.flashImage.segments[0];
    expect(await probe.readMemory(flash?.address ?? 0, 64)).toEqual(Buffer.from(flash?.bytes.subarray(0, 64) ?? []));
    expect((await probe.identify()).name).toBe(board.mcu);
    await session.load(input);
    expect(await session.invoke()).toEqual(before);
  });

  it('is flashed anew while it runs, as often as one likes, and answers at once', async () => {
    for (let times = 0; times < 10; times++) {
      await session.close();
      session = await startFirmware(probe, image.flashImage, { buildId: image.buildId, greetingMs: 5000 });
      expect(session.report().tried).toEqual([{ baudRate: 115_200, answered: true }]);
      expect(await session.run(input)).toEqual(handModelAnswer(input));
    }
  });

  it('tells how deep the stack was used', async () => {
    const { totalBytes, usedBytes } = await session.stack();
    expect(totalBytes).toBe(8192);
    expect(usedBytes).toBeGreaterThan(64);
    expect(usedBytes).toBeLessThan(1024);
  });
});

it('leaves no QEMU behind', async () => {
  const probe = await openQemuProbe(findBoard('virtual-mps2-m4'));
  const serialPath = await probe.serialPath();
  await probe.close();
  await probe.close();
  expect(() => readFileSync(serialPath ?? '')).toThrow();
});
