import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stm32f4Loader, stm32h7Loader, stm32l4Loader } from '../../main/probes/stlink/loaders/index.ts';
import { programOnPath } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { stlinkV3 } from '../support/virtualProbe/index.ts';
import { stlinkBench } from './benches.ts';
import { describeProbe, type Trouble } from './contract.ts';

const everyTrouble: readonly Trouble[] = [
  'no-permission',
  'busy',
  'no-voltage',
  'no-target',
  'wrong-chip',
  'wrong-chip-of-other-family',
  'read-protected',
  'write-protected',
  'bad-cell',
];
const protections: readonly Trouble[] = ['read-protected', 'write-protected', 'bad-cell'];

describeProbe(stlinkBench({ boardId: 'nucleo-f401re', chip: 'stm32f401' }, everyTrouble));
describeProbe(
  stlinkBench({ boardId: 'stm32f4discovery', chip: 'stm32f405', link: { productId: 0x3748 } }, protections),
);
describeProbe(stlinkBench({ boardId: 'nucleo-f746zg', chip: 'stm32f746' }, everyTrouble));
describeProbe(stlinkBench({ boardId: 'nucleo-f767zi', chip: 'stm32f767' }, protections));
describeProbe(stlinkBench({ boardId: 'nucleo-l476rg', chip: 'stm32l476' }, protections));
describeProbe(stlinkBench({ boardId: 'nucleo-l4r5zi', chip: 'stm32l4r5' }, protections));
describeProbe(stlinkBench({ boardId: 'nucleo-g474re', chip: 'stm32g474', link: stlinkV3 }, protections));
describeProbe(stlinkBench({ boardId: 'nucleo-h743zi2', chip: 'stm32h743', link: stlinkV3 }, protections));
describeProbe(stlinkBench({ boardId: 'nucleo-h723zg', chip: 'stm32h723', link: stlinkV3 }, protections));

describe.skipIf(!programOnPath('arm-none-eabi-as'))('the loaders that run in the chip', () => {
  const folder = join(import.meta.dirname, '../../main/probes/stlink/loaders');
  it.each([
    ['stm32f4', stm32f4Loader],
    ['stm32l4', stm32l4Loader],
    ['stm32h7', stm32h7Loader],
  ] as const)('%s: the words are what its source assembles to', (name, loader) => {
    const out = temporaryFolder();
    execFileSync('arm-none-eabi-as', ['-o', join(out, 'a.o'), join(folder, `${name}.S`)]);
    execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', '-j', '.text', join(out, 'a.o'), join(out, 'a.bin')]);
    const assembled = readFileSync(join(out, 'a.bin'));
    const words = Buffer.from(loader.words.buffer, loader.words.byteOffset, loader.words.byteLength);
    expect(words.subarray(0, assembled.length)).toEqual(assembled);
  });
});
