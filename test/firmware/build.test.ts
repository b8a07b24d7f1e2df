import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import MemoryMap from 'nrf-intel-hex';
import { describe, expect, it } from 'vitest';
import { findBoard, loadBoards } from '../../main/boards/index.ts';
import { buildImage, firmwareFolder, modelBudget } from '../../main/firmware/index.ts';
import { existsSync } from 'node:fs';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { handModel } from './handModel.ts';

const board = findBoard('virtual-stm32f405');

describe('an image', () => {
  it('is the same to the last byte wherever it is built', async () => {
    const [one, other] = [join(temporaryFolder(), 'here'), join(temporaryFolder(), 'and', 'there')];
    const first = await buildImage({ board, model: handModel(), outDir: one });
    const second = await buildImage({ board, model: handModel(), outDir: other });
    expect(second.buildId).toBe(first.buildId);
    expect(readFileSync(second.elfFile)).toEqual(readFileSync(first.elfFile));
    expect(readFileSync(second.hexFile)).toEqual(readFileSync(first.hexFile));
  });

  it('has another build id when anything that goes into it is another', async () => {
    const outDir = temporaryFolder();
    const ids = [];
    for (const options of [{}, { profile: false }, { optimization: '-Os' as const }, { stackBytes: 2048 }]) {
      ids.push((await buildImage({ board, model: handModel(), outDir, options })).buildId);
    }
    ids.push((await buildImage({ board, model: handModel({ inputBytes: 65 }), outDir })).buildId);
    expect(new Set(ids).size).toBe(5);
  });

  it('says the same in ELF, HEX and BIN', async () => {
    const image = await buildImage({ board, model: handModel(), outDir: temporaryFolder() });
    const binary = readFileSync(image.binFile);
    const hex = MemoryMap.fromHex(readFileSync(image.hexFile, 'utf8'));
    expect(Buffer.from(hex.slicePad(0x08000000, binary.length, 0xff))).toEqual(binary);
    for (const { address, bytes } of image.flashImage.segments) {
      expect(binary.subarray(address - 0x08000000, address - 0x08000000 + bytes.length)).toEqual(Buffer.from(bytes));
    }
    expect(binary.readUInt32LE(4)).toBe(image.elf.symbol('reset_entry').address + 1);
  });

  it('carries no path of the machine that built it', async () => {
    const outDir = temporaryFolder();
    const image = await buildImage({ board, model: handModel(), outDir });
    const text = readFileSync(image.elfFile, 'latin1');
    expect(text).not.toContain('mcunet-build-');
    expect(text).not.toContain(process.cwd());
  });

  it('tells who takes what of which memory', async () => {
    const small = await buildImage({ board, model: handModel(), outDir: temporaryFolder() });
    const large = await buildImage({ board, model: handModel({ ballastBytes: 50_000 }), outDir: temporaryFolder() });
    const use = (image: typeof small, name: string): (typeof small.regions)[number] =>
      image.regions.find((region) => region.name === name)!;
    expect(use(large, 'RAM').modelBytes - use(small, 'RAM').modelBytes).toBe(50_000);
    expect(use(large, 'RAM').usedBytes - use(small, 'RAM').usedBytes).toBe(50_000);
    expect(use(small, 'RAM').stackBytes).toBe(8192);
    expect(small.sramBytes).toBe(use(small, 'RAM').usedBytes);
    expect(small.flashBytes).toBe(use(small, 'FLASH').usedBytes);
    expect(use(small, 'FLASH').modelBytes).toBeGreaterThan(50);
  });

  it('that does not fit is refused with the region and the bytes that are missing', async () => {
    const model = handModel({ ballastBytes: 200_000 });
    await expect(buildImage({ board, model, outDir: temporaryFolder() })).rejects.toMatchObject({
      code: 'firmware.does-not-fit',
      message: expect.stringMatching(
        /^The image does not fit Virtual STM32F405 \(QEMU\): SRAM has 131,072 bytes and the image needs [\d,]+ more\.$/,
      ) as string,
      details: { overflows: [{ region: 'SRAM', sizeBytes: 131_072, overflowBytes: expect.any(Number) as number }] },
    });
  });

  it('is refused with the first complaint of the compiler where the C is wrong', async () => {
    const [header, source] = handModel();
    const broken = {
      path: 'model.c',
      text: (source?.text ?? '').replace('reverse(input, between);', 'revert(input);'),
    };
    await expect(buildImage({ board, model: [header!, broken], outDir: temporaryFolder() })).rejects.toMatchObject({
      code: expect.stringMatching(/^toolchain\./) as string,
      message: expect.stringContaining('revert') as string,
    });
  });

  it('tells what the compiler had to say', async () => {
    const [header, source] = handModel();
    const odd = { path: 'model.c', text: `${source?.text}static int nobody;` };
    const { warnings } = await buildImage({ board, model: [header!, odd], outDir: temporaryFolder() });
    expect(warnings).toEqual([
      expect.objectContaining({
        file: 'model/model.c',
        severity: 'warning',
        text: expect.stringContaining('nobody') as string,
      }),
    ]);
  });

  it('can be stopped', async () => {
    const building = buildImage(
      { board, model: handModel(), outDir: temporaryFolder() },
      { signal: AbortSignal.timeout(30) },
    );
    await expect(building).rejects.toMatchObject({ code: 'process.aborted' });
  });

  it('is refused for a family without firmware', async () => {
    const other = { ...board, family: 'no-such-family' };
    await expect(buildImage({ board: other, model: handModel(), outDir: temporaryFolder() })).rejects.toMatchObject({
      code: 'firmware.no-family',
    });
  });
});

describe('every board whose family has firmware', () => {
  const boards = loadBoards().filter(({ family }) => existsSync(join(firmwareFolder, 'families', family)));
  it.each(boards.map((candidate) => [candidate.id, candidate] as const))(
    '%s gets an image, with a model that takes all that it may',
    async (_, candidate) => {
      const inputBytes = 700;
      const { sramBytes } = modelBudget(candidate, { outputBytes: inputBytes, operators: 2 });
      // A model that takes all that it may: it must fit, and little may be left over.
      const model = handModel({ inputBytes, ballastBytes: sramBytes - 2 * inputBytes });
      const image = await buildImage({ board: candidate, model, outDir: temporaryFolder() });
      expect(image.warnings).toEqual([]);
      const ram = image.regions.find(({ name }) => name === 'RAM');
      expect((ram?.sizeBytes ?? 0) - (ram?.usedBytes ?? 0)).toBeLessThan(1200);
      const flash = image.regions.find(({ name }) => name === 'FLASH');
      expect(flash?.firmwareBytes).toBeLessThan(8 << 10);
      expect(image.flashImage.segments[0]?.address).toBe(candidate.memory.find(({ kind }) => kind === 'flash')?.start);
      for (const { usedBytes, sizeBytes } of image.regions) expect(usedBytes).toBeLessThanOrEqual(sizeBytes);
    },
  );
});
