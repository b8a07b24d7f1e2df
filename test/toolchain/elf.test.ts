import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import { StudioError } from '../../main/contract/index.ts';
import { buildImage } from '../../main/firmware/index.ts';
import { readElf, readLinkMap } from '../../main/toolchain/index.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handModel } from '../firmware/handModel.ts';

let bytes: Buffer;
let map: string;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'elf '));
  const image = await buildImage({ board: findBoard('virtual-mps2-m4'), model: handModel(), outDir: folder });
  bytes = readFileSync(image.elfFile);
  map = readFileSync(image.mapFile, 'utf8');
  rmSync(folder, { recursive: true });
});

describe('an ELF program', () => {
  it('tells its functions, objects and sections', () => {
    const elf = readElf(bytes, 'a.elf');
    expect(elf.symbol('model_invoke')).toMatchObject({ kind: 'function', section: '.text' });
    expect(elf.symbol('arena')).toMatchObject({ kind: 'object', sizeBytes: 128, section: '.model' });
    expect(elf.sections.find(({ name }) => name === '.stack')).toMatchObject({ sizeBytes: 8192, hasBytes: false });
  });

  it('finds the function of an address, from its first byte to its last', () => {
    const elf = readElf(bytes, 'a.elf');
    const { address, sizeBytes } = elf.symbol('model_invoke');
    expect(elf.functionAt(address)?.name).toBe('model_invoke');
    expect(elf.functionAt(address + 1)?.name).toBe('model_invoke');
    expect(elf.functionAt(address + sizeBytes - 1)?.name).toBe('model_invoke');
    expect(elf.functionAt(address + sizeBytes)?.name).not.toBe('model_invoke');
    expect(elf.functionAt(0xfffffff0)).toBeNull();
  });

  it('says which symbol is missing', () => {
    expect(() => readElf(bytes, 'a.elf').symbol('nobody')).toThrow('a.elf has no symbol nobody.');
  });

  it('that is cut or spoilt gives one clear error or is read, and never anything else', () => {
    const spoil = fc.record({
      length: fc.nat({ max: bytes.length }),
      at: fc.nat({ max: 400 }),
      value: fc.nat({ max: 255 }),
    });
    fc.assert(
      fc.property(spoil, ({ length, at, value }) => {
        const spoilt = Buffer.from(bytes.subarray(0, length));
        if (at < length) spoilt[at] = value;
        try {
          readElf(spoilt, 'spoilt.elf');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(StudioError);
          expect((thrown as StudioError).code).toBe('image.malformed');
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a map file', () => {
  it('tells which object brought what, and agrees with the ELF', () => {
    const pieces = readLinkMap(map);
    const arena = pieces.find(({ object, outputSection }) => object === 'model/model.o' && outputSection === '.model');
    expect(arena).toMatchObject({ sizeBytes: 128, address: readElf(bytes, 'a.elf').symbol('arena').address });
    expect(pieces.some(({ object }) => /^libc_nano\.a\(.*memcpy.*\.o\)$/.test(object))).toBe(true);
  });
});
