import { z } from 'zod';

/** A region of memory as the linker sees it. Bytes. */
const memoryRegion = z.strictObject({
  name: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
  kind: z.enum(['flash', 'ram']),
  start: z.int().nonnegative(),
  sizeBytes: z.int().positive(),
  /** CPU cycles beyond the core's own that a read costs at full clock; 0 is tightly coupled. */
  waitStates: z.int().nonnegative(),
  /** Whether the planner may put activations here. */
  activations: z.boolean(),
});

const pin = z.strictObject({
  port: z.string(),
  pin: z.int().nonnegative(),
  alternate: z.int().nonnegative().nullable(),
});

const uart = z.strictObject({
  instance: z.string(),
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
const bossaProbe = z.strictObject({ kind: z.literal('bossa') });
const qemuProbe = z.strictObject({
  kind: z.literal('qemu'),
  machine: z.string(),
  /** Which of QEMU's serial ports is the link's: 0 is `-serial` first given. */
  serialIndex: z.int().nonnegative(),
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
  family: z.string(),
  clockHz: z.int().positive(),
  memory: z.array(memoryRegion).min(2),
  uart,
  led: z.strictObject({ port: z.string(), pin: z.int().nonnegative(), activeLow: z.boolean() }).nullable(),
  probes: z.array(z.discriminatedUnion('kind', [openocdProbe, stlinkProbe, driveProbe, bossaProbe, qemuProbe])).min(1),
  usb: z.array(z.strictObject({ vendorId: z.int(), productId: z.int() })),
  mbedCodes: z.array(z.string()),
  /** How the chip names itself to a debugger. */
  chip: z
    .strictObject({
      idRegister: z.int().nonnegative(),
      id: z.int().nonnegative(),
      idMask: z.int().nonnegative(),
      flashSizeRegister: z.int().nonnegative().nullable(),
    })
    .nullable(),
  /** Current at full clock from flash, for the energy estimate, and where the figure is from. */
  power: z.strictObject({ milliwatts: z.number().positive(), source: z.string() }).nullable(),
  /** Where the facts come from, and which of them are in doubt. */
  sources: z.array(z.string()),
  doubts: z.array(z.string()),
});

export type Board = z.infer<typeof boardSchema>;
export type MemoryRegion = z.infer<typeof memoryRegion>;
export type ProbeConfig = Board['probes'][number];
