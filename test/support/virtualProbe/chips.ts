import { equalSectors, sectorRuns, type FlashArray, type FlashController, type Sector } from './flash/controller.ts';
import { Nrf52Flash } from './flash/nrf52.ts';
import { Nrf53Flash } from './flash/nrf53.ts';
import { Stm32F4Flash } from './flash/stm32f4.ts';
import { Stm32H7Flash } from './flash/stm32h7.ts';
import { Stm32L4Flash, u5Layout } from './flash/stm32l4.ts';
import { familyPeripherals, type FamilyPeripherals } from './silicon/peripherals.ts';

/** What distinguishes one virtual chip from another. Ids and registers as in FLASHING.md and the board files. */
export interface ChipModel {
  readonly cpuid: number;
  /** What the debug port says it is (DPIDR). */
  readonly debugPortId: number;
  /** Words that answer at fixed addresses: identification, sizes. */
  readonly words: ReadonlyMap<number, number>;
  readonly flashStart: number;
  readonly sectors: readonly Sector[];
  readonly ram: readonly (readonly [start: number, bytes: number])[];
  controller(flash: FlashArray): FlashController;
  /** What clock and supply answer, where a debugger's script waits for them. */
  readonly peripherals?: FamilyPeripherals;
}

const kib = 1024;
const cortexM4 = 0x410fc241;
const cortexM7 = 0x411fc270;
const cortexM33 = 0x410fd214;

function stm32(idRegister: number, id: number, sizeRegister: number, flashKib: number): Map<number, number> {
  return new Map([
    [idRegister, id],
    // The size is a halfword; what shares its word does not matter.
    [sizeRegister & ~3, sizeRegister & 2 ? flashKib << 16 : flashKib],
  ]);
}

function f4(id: number, sectors: readonly Sector[], flashKib: number, ram: ChipModel['ram']): ChipModel {
  return {
    cpuid: cortexM4,
    debugPortId: 0x2ba01477,
    words: stm32(0xe0042000, id, 0x1fff7a22, flashKib),
    flashStart: 0x08000000,
    sectors,
    ram,
    controller: (flash) => new Stm32F4Flash(flash, 0x0fff00ed),
  };
}

const halfMegabyte = sectorRuns([4, 16], [1, 64], [3, 128]);
const oneMegabyte = sectorRuns([4, 16], [1, 64], [7, 128]);

/** The chips that can be put at the end of a virtual probe. */
const everyChip = {
  stm32f405: f4(0x10076413, oneMegabyte, 1024, [
    [0x20000000, 128 * kib],
    [0x10000000, 64 * kib],
  ]),
  stm32f401: f4(0x10006433, halfMegabyte, 512, [[0x20000000, 96 * kib]]),
  stm32f446: f4(0x10006421, halfMegabyte, 512, [[0x20000000, 128 * kib]]),
  stm32f746: {
    cpuid: cortexM7,
    debugPortId: 0x5ba02477,
    words: stm32(0xe0042000, 0x10016449, 0x1ff0f442, 1024),
    flashStart: 0x08000000,
    sectors: sectorRuns([4, 32], [1, 128], [3, 256]),
    ram: [[0x20000000, 320 * kib]],
    controller: (flash) => new Stm32F4Flash(flash, 0x00ff00fd),
  },
  stm32f767: {
    cpuid: cortexM7,
    debugPortId: 0x5ba02477,
    words: stm32(0xe0042000, 0x10016451, 0x1ff0f442, 2048),
    flashStart: 0x08000000,
    sectors: sectorRuns([4, 32], [1, 128], [7, 256]),
    ram: [[0x20000000, 512 * kib]],
    controller: (flash) => new Stm32F4Flash(flash, 0x3fff00fd),
  },
  stm32l476: {
    cpuid: cortexM4,
    debugPortId: 0x2ba01477,
    words: stm32(0xe0042000, 0x10076415, 0x1fff75e0, 1024),
    flashStart: 0x08000000,
    sectors: equalSectors(512, 2 * kib),
    ram: [
      [0x20000000, 96 * kib],
      [0x10000000, 32 * kib],
    ],
    controller: (flash) => new Stm32L4Flash(flash, 0xffeff800, true),
  },
  stm32l4r5: {
    cpuid: cortexM4,
    debugPortId: 0x2ba01477,
    words: stm32(0xe0042000, 0x100f6470, 0x1fff75e0, 2048),
    flashStart: 0x08000000,
    sectors: equalSectors(512, 4 * kib),
    ram: [[0x20000000, 640 * kib]],
    controller: (flash) => new Stm32L4Flash(flash, 0xffeff800, true),
  },
  stm32g474: {
    cpuid: cortexM4,
    debugPortId: 0x2ba01477,
    words: stm32(0xe0042000, 0x10036469, 0x1fff75e0, 512),
    flashStart: 0x08000000,
    sectors: equalSectors(256, 2 * kib),
    ram: [[0x20000000, 128 * kib]],
    controller: (flash) => new Stm32L4Flash(flash, 0xffeff800, true),
  },
  stm32h743: {
    cpuid: cortexM7,
    debugPortId: 0x6ba02477,
    words: stm32(0x5c001000, 0x20036450, 0x1ff1e880, 2048),
    flashStart: 0x08000000,
    sectors: equalSectors(16, 128 * kib),
    ram: [
      [0x20000000, 128 * kib],
      [0x24000000, 512 * kib],
      [0x38000000, 64 * kib],
    ],
    controller: (flash) => new Stm32H7Flash(flash, 1024 * kib),
  },
  stm32h723: {
    cpuid: cortexM7,
    debugPortId: 0x6ba02477,
    words: stm32(0x5c001000, 0x10006483, 0x1ff1e880, 1024),
    flashStart: 0x08000000,
    sectors: equalSectors(8, 128 * kib),
    ram: [
      [0x20000000, 128 * kib],
      [0x24000000, 320 * kib],
    ],
    controller: (flash) => new Stm32H7Flash(flash, 1024 * kib),
  },
  stm32u575: {
    cpuid: cortexM33,
    debugPortId: 0x0be12477,
    words: stm32(0xe0044000, 0x30016482, 0x0bfa07a0, 2048),
    flashStart: 0x08000000,
    sectors: equalSectors(256, 8 * kib),
    ram: [[0x20000000, 768 * kib]],
    controller: (flash) => new Stm32L4Flash(flash, 0x1feff800, true, u5Layout),
    ...(familyPeripherals['stm32u5'] && { peripherals: familyPeripherals['stm32u5'] }),
  },
  nrf5340: {
    cpuid: cortexM33,
    debugPortId: 0x6ba02477,
    words: new Map([
      [0x00ff020c, 0x5340],
      [0x00ff0218, 512],
      [0x00ff021c, 1024],
    ]),
    flashStart: 0,
    sectors: equalSectors(256, 4 * kib),
    ram: [[0x20000000, 512 * kib]],
    controller: (flash) => new Nrf53Flash(flash),
  },
  nrf52832: nrf52(0x52832, 0x41414530, 64, 512),
  nrf52833: nrf52(0x52833, 0x41414130, 128, 512),
  nrf52840: nrf52(0x52840, 0x41414430, 256, 1024),
} satisfies Record<string, ChipModel>;

export type ChipName = keyof typeof everyChip;
export const chips: Readonly<Record<ChipName, ChipModel>> = everyChip;

/** The factory information registers are words from 0x10000000 (nRF52840 PS §4.4). */
function nrf52(part: number, variant: number, ramKib: number, flashKib: number): ChipModel {
  return {
    cpuid: cortexM4,
    debugPortId: 0x2ba01477,
    words: new Map([
      [0x10000010, 4096],
      [0x10000014, flashKib / 4],
      [0x1000005c, 0xffffffff],
      [0x10000060, 0x12345678],
      [0x10000064, 0x9abcdef0],
      [0x10000100, part],
      [0x10000104, variant],
      [0x10000108, 0x2004],
      [0x1000010c, ramKib],
      [0x10000110, flashKib],
      [0x10001208, 0xffffffff],
    ]),
    flashStart: 0,
    sectors: equalSectors(flashKib / 4, 4 * kib),
    ram: [[0x20000000, ramKib * kib]],
    controller: (flash) => new Nrf52Flash(flash),
  };
}
