import { z } from 'zod';

/** Addresses, chip ids and USB ids are written as data sheets write them (`"0x08000000"`); plain numbers are taken too. */
const hexadecimal = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,8}$/)
    .transform(Number),
]);

/** A region of memory as the linker sees it. Bytes. */
const memoryRegion = z.strictObject({
  name: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  kind: z.enum(['flash', 'ram']),
  start: hexadecimal,
  sizeBytes: z.int().positive(),
  /** CPU cycles beyond the core's own that a read costs at full clock; 0 is tightly coupled. */
  waitStates: z.int().nonnegative(),
  /** Whether the planner may put activations here. */
  activations: z.boolean(),
});

/** These words become C macros of the firmware, so they are names and nothing else. */
const portName = z.string().regex(/^[A-Z0-9]+$/);

const pin = z.strictObject({
  port: portName,
  pin: z.int().nonnegative(),
  alternate: z.int().nonnegative().nullable(),
});

const uart = z.strictObject({
  instance: z.string().regex(/^[A-Z0-9]+$/),
  tx: pin,
  rx: pin,
  baudRates: z.array(z.int().positive()).min(1),
});

const openocdProbe = z.strictObject({
  kind: z.literal('openocd'),
  /** Arguments that name interface, transport and target, without `program` or ports. */
  config: z.array(z.string()),
});
const stlinkProbe = z.strictObject({ kind: z.literal('stlink') });
const driveProbe = z.strictObject({ kind: z.literal('drive'), volumeLabels: z.array(z.string()) });
const bossaProbe = z.strictObject({
  kind: z.literal('bossa'),
  /** USB product ids under which the bootloader itself appears, after the 1200-baud touch. */
  bootloaderProductIds: z.array(hexadecimal),
});
const qemuProbe = z.strictObject({
  kind: z.literal('qemu'),
  machine: z.string().regex(/^[a-z0-9-]+$/),
  /** Which of QEMU's serial ports is the link's: 0 is `-serial` first given. */
  serialIndex: z.int().nonnegative(),
  /** Virtual nanoseconds that one instruction takes (a power of two); more than `1e9 / counterHz`, so that counts are exact. */
  instructionNs: z.union([
    z.literal(1),
    z.literal(2),
    z.literal(4),
    z.literal(8),
    z.literal(16),
    z.literal(32),
    z.literal(64),
    z.literal(128),
    z.literal(256),
  ]),
  /** What the machine's SysTick counts in virtual time. */
  counterHz: z.int().positive(),
});

/** A stretch of equal erase sectors. Bytes. */
const sectorRun = z.strictObject({
  start: hexadecimal,
  sizeBytes: z.int().positive(),
  count: z.int().positive(),
});

/** What the chip takes at full clock while it computes from Flash: typical figures of its data sheet, not measured ones. */
const power = z
  .strictObject({
    milliamps: z.number().positive(),
    volts: z.number().positive(),
    milliwatts: z.number().positive(),
    /** The data sheet's table or sentence, and its conditions. */
    source: z.string(),
  })
  .refine(({ milliamps, volts, milliwatts }) => Math.abs(milliwatts / (milliamps * volts) - 1) < 0.01, {
    error: 'milliwatts is not milliamps × volts',
    path: ['milliwatts'],
  });

/** One devkit, or one machine that QEMU emulates; one JSON file each in `resources/boards`. */
export const boardSchema = z.strictObject({
  $schema: z.string().optional(),
  id: z.string().regex(/^[a-z0-9-]+$/),
  name: z.string(),
  virtual: z.boolean(),
  mcu: z.string(),
  core: z.enum(['cortex-m0', 'cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7', 'cortex-m33']),
  fpu: z.enum(['none', 'fpv4-sp-d16', 'fpv5-sp-d16', 'fpv5-d16']),
  /** Which firmware source serves it: a folder of `resources/firmware/families`. */
  family: z.string().regex(/^[a-z0-9]+$/),
  clockHz: z.int().positive(),
  /** From which oscillator `clockHz` is made and how; each setting is the C macro `CLOCK_<NAME>` of the family's sources. */
  clockTree: z
    .strictObject({
      source: z.enum(['crystal', 'bypass', 'internal']),
      sourceHz: z.int().positive(),
      settings: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), z.int()),
    })
    .optional(),
  memory: z.array(memoryRegion).min(2),
  /** Which Flash controller it is and what it erases at once; absent where nothing erases it (a virtual board). */
  flash: z
    .strictObject({
      controller: z.enum(['stm32f4', 'stm32f7', 'stm32h7', 'stm32l4', 'stm32g4', 'stm32u5', 'nrf52', 'nrf53']),
      sectors: z.array(sectorRun).min(1),
    })
    .optional(),
  uart,
  led: z.strictObject({ port: portName, pin: z.int().nonnegative(), activeLow: z.boolean() }).nullable(),
  probes: z.array(z.discriminatedUnion('kind', [openocdProbe, stlinkProbe, driveProbe, bossaProbe, qemuProbe])).min(1),
  usb: z.array(z.strictObject({ vendorId: hexadecimal, productId: hexadecimal })),
  mbedCodes: z.array(z.string()),
  /** How the chip names itself to a debugger. */
  chip: z
    .strictObject({
      idRegister: hexadecimal,
      id: hexadecimal,
      idMask: hexadecimal,
      /** Holds the Flash size in KiB: 16 bits on an STM32, 32 bits on an nRF. */
      flashSizeRegister: hexadecimal.nullable(),
    })
    .nullable(),
  /** For the energy estimate; null where no source was at hand, and then `doubts` says why. */
  power: power.nullable(),
  /** Where the facts come from, and which of them are in doubt. */
  sources: z.array(z.string()),
  doubts: z.array(z.string()),
});

export type Board = z.infer<typeof boardSchema>;
export type SectorRun = z.infer<typeof sectorRun>;
export type MemoryRegion = z.infer<typeof memoryRegion>;
export type ProbeConfig = Board['probes'][number];
