import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBoard, type Board } from '../../main/boards/index.ts';
import { buildImage, type BuiltImage } from '../../main/firmware/index.ts';
import {
  endpointsOf,
  OpenocdProbe,
  openPipe,
  startFirmware,
  StLinkProbe,
  type Probe,
} from '../../main/probes/index.ts';
import { handModel } from '../firmware/handModel.ts';
import { programOnPath } from '../support/programs.ts';
import { VirtualBoard } from '../support/virtualProbe/board.ts';
import { VirtualUsbStLink } from '../support/virtualProbe/index.ts';
import { openocdConfig } from './benches.ts';

/**
 * From an image to an answer: flashed through a virtual ST-Link into a virtual chip, verified, reset, run by QEMU, and the
 * *new* firmware answers on the serial port. Two images take turns, so that an old one would be noticed.
 */
const tools = ['openocd', 'qemu-system-arm', 'arm-none-eabi-gcc'];
const times = 10;

/** The F407 devkit without its CCM, which QEMU 7.2 lacks. */
function boardForQemu(): Board {
  const board = findBoard('stm32f4discovery');
  return { ...board, memory: board.memory.filter((region) => region.name !== 'CCM') };
}

describe.skipIf(!tools.every(programOnPath))('from image to answer', () => {
  const board = boardForQemu();
  let hardware: VirtualBoard;
  let images: BuiltImage[];
  const suiteFolder = mkdtempSync(join(tmpdir(), 'mcunet-end-to-end-'));

  beforeAll(async () => {
    hardware = await VirtualBoard.start();
    images = await Promise.all(
      [64, 96].map((inputBytes) => {
        const model = handModel({ inputBytes });
        return buildImage({ board, model, outDir: suiteFolder, options: { name: `fw${inputBytes}` } });
      }),
    );
  });
  afterAll(async () => {
    await hardware.stop();
    rmSync(suiteFolder, { recursive: true, force: true });
  });

  async function flashesAndAnswers(probe: Probe, times: number): Promise<string[]> {
    const answers: string[] = [];
    for (let turn = 0; turn < times; turn++) {
      const image = images[turn % 2];
      if (image === undefined) throw new Error('no image');
      const session = await startFirmware(probe, image.flashImage, {
        buildId: image.buildId,
        serialPath: hardware.serialPath,
        greetingMs: 15_000,
      });
      const input = new Int8Array(session.hello().inputBytes).map((_, at) => at);
      const output = await session.run(input);
      answers.push(`${session.hello().buildId} ${output[0] ?? ''}`);
      await session.close();
    }
    return answers;
  }

  function expected(count: number): string[] {
    return Array.from({ length: count }, (_, turn) => `${images[turn % 2]?.buildId ?? ''} ${turn % 2 === 0 ? 64 : 96}`);
  }

  it(`through OpenOCD, ${times} times in a row`, async () => {
    const probe = new OpenocdProbe({
      board,
      config: openocdConfig(board),
      serial: hardware.link.options.serial,
      extraArguments: ['-c', `hla_stlink_backend tcp ${hardware.server.port}`],
    });
    expect(await flashesAndAnswers(probe, times)).toEqual(expected(times));
    await probe.close();
  }, 180_000);

  it(`through our own ST-Link driver, ${times} times in a row`, async () => {
    const device = new VirtualUsbStLink(hardware.link);
    const endpoints = endpointsOf(hardware.link.options.productId);
    const probe = new StLinkProbe({
      board,
      serial: hardware.link.options.serial,
      open: () => new Promise((resolve) => resolve(openPipe(device, 'ST-Link', endpoints))),
    });
    expect(await flashesAndAnswers(probe, times)).toEqual(expected(times));
    expect(device.openHandles).toBe(0);
  }, 180_000);
});
