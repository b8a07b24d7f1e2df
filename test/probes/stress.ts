import { readdirSync, readFileSync } from 'node:fs';
import { findBoard, type Board } from '../../main/boards/index.ts';
import { StudioError } from '../../main/contract/index.ts';
import { endpointsOf, openPipe, OpenocdProbe, StLinkProbe, type Probe } from '../../main/probes/index.ts';
import { StLinkServer, VirtualChip, VirtualStLink, VirtualUsbStLink } from '../support/virtualProbe/index.ts';
import { openocdConfig } from './benches.ts';
import { patternImage } from './contract.ts';

export interface StressOptions {
  readonly cycles: number;
  readonly seed: number;
  /** One cycle in so many goes through OpenOCD, the others through our own driver; 0: none. */
  readonly openocdEvery: number;
  readonly onCycle?: (cycle: number) => void;
}

export interface StressResult {
  /** How often each outcome was seen: `done`, or the code of the error. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Flashes that said they succeeded although Flash holds something else. */
  readonly wrongSuccesses: number;
  /** Calls that did not end within their time. */
  readonly hangs: number;
  /** Errors that are not ours, and codes that the mischief does not explain. */
  readonly strange: readonly string[];
  /** Undisturbed flashes right after a disturbed one, and how many of them failed. */
  readonly recoveries: number;
  readonly failedRecoveries: number;
  readonly openHandles: number;
  readonly strayProcesses: number;
  readonly slowestMs: number;
}

type Mischief = 'none' | 'unplug' | 'kill' | 'busy' | 'target-lost' | 'close';
const mischiefs: readonly Mischief[] = ['none', 'unplug', 'unplug', 'kill', 'kill', 'busy', 'target-lost', 'close'];

/** What each mischief may end as; `done` where it came too late to matter. */
const explained: Readonly<Record<Mischief, readonly string[]>> = {
  none: ['done'],
  unplug: ['done', 'probe.unplugged', 'probe.not-found'],
  kill: ['done', 'probe.aborted'],
  busy: ['probe.busy', 'probe.not-found'],
  'target-lost': ['done', 'probe.target-lost', 'probe.no-target'],
  close: ['done', 'probe.aborted'],
};

const board: Board = findBoard('nucleo-f401re');
const limitMs = 60_000;

/** Plugs, unplugs, flashes and kills with random timing, and counts everything that must not happen. */
export async function stress(options: StressOptions): Promise<StressResult> {
  const random = generator(options.seed);
  const outcomes: Record<string, number> = {};
  const strange: string[] = [];
  let [wrongSuccesses, hangs, recoveries, failedRecoveries, slowestMs] = [0, 0, 0, 0, 0];
  const chip = new VirtualChip({ chip: 'stm32f401' });
  const link = new VirtualStLink(chip);
  const device = new VirtualUsbStLink(link);
  const server = await StLinkServer.start([link]);

  for (let cycle = 0; cycle < options.cycles; cycle++) {
    options.onCycle?.(cycle);
    const viaOpenocd = options.openocdEvery > 0 && cycle % options.openocdEvery === options.openocdEvery - 1;
    const open = (): Probe => (viaOpenocd ? throughOpenocd(link, server) : throughDriver(link, device));
    const mischief = mischiefs[Math.floor(random() * mischiefs.length)] ?? 'none';
    const image = patternImage(0x08000000, 1000 + Math.floor(random() * 60_000), cycle + 1);
    const started = performance.now();
    const outcome = await disturbed(open(), chip, link, image, mischief, random, viaOpenocd);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (outcome === 'hang') hangs += 1;
    else if (!explained[mischief].includes(outcome)) strange.push(`${cycle} ${mischief}: ${outcome}`);
    if (outcome === 'done' && !holds(chip, image)) wrongSuccesses += 1;

    restore(chip, link);
    if (mischief === 'none') continue;
    const again = patternImage(0x08000000, 2_000, cycle + 7);
    const probe = open();
    const recovered = await settle(probe.flash(again), limitMs);
    await probe.close();
    recoveries += 1;
    if (recovered !== 'done' || !holds(chip, again)) {
      failedRecoveries += 1;
      strange.push(`${cycle} after ${mischief}: ${recovered}`);
    }
  }
  await server.stop();
  return {
    outcomes,
    wrongSuccesses,
    hangs,
    strange,
    recoveries,
    failedRecoveries,
    openHandles: device.openHandles,
    strayProcesses: childrenNamed('openocd'),
    slowestMs: Math.round(slowestMs),
  };
}

async function disturbed(
  probe: Probe,
  chip: VirtualChip,
  link: VirtualStLink,
  image: ReturnType<typeof patternImage>,
  mischief: Mischief,
  random: () => number,
  viaOpenocd: boolean,
): Promise<string> {
  const abort = new AbortController();
  const commands = Math.floor(random() * 500);
  const milliseconds = random() * (viaOpenocd ? 1500 : 60);
  let timer: NodeJS.Timeout | undefined;
  const later = (act: () => void): void => {
    timer = setTimeout(act, milliseconds);
  };
  if (mischief === 'unplug') link.unplugAfter = link.commands + commands;
  else if (mischief === 'kill')
    later(() => {
      abort.abort();
    });
  else if (mischief === 'busy') link.openFails = 'busy';
  else if (mischief === 'target-lost')
    later(() => {
      chip.connected = false;
    });
  else if (mischief === 'close') later(() => void probe.close());
  const outcome = await settle(probe.flash(image, { signal: abort.signal }), limitMs);
  clearTimeout(timer);
  await probe.close();
  return outcome;
}

async function settle(promise: Promise<void>, milliseconds: number): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      resolve('hang');
    }, milliseconds);
  });
  const outcome = promise.then(
    () => 'done',
    (error: unknown) => (error instanceof StudioError ? error.code : `not ours: ${String(error)}`),
  );
  const first = await Promise.race([outcome, late]);
  clearTimeout(timer);
  return first;
}

function restore(chip: VirtualChip, link: VirtualStLink): void {
  chip.connected = true;
  link.openFails = null;
  link.unplugAfter = null;
  link.pluggedIn = true;
}

function holds(chip: VirtualChip, image: ReturnType<typeof patternImage>): boolean {
  return image.segments.every(({ address, bytes }) => {
    const at = address - chip.model.flashStart;
    return Buffer.compare(chip.flash.cells.subarray(at, at + bytes.length), bytes) === 0;
  });
}

function throughDriver(link: VirtualStLink, device: VirtualUsbStLink): Probe {
  const { productId, serial } = link.options;
  return new StLinkProbe({
    board,
    serial,
    open: () =>
      new Promise((resolve) => {
        resolve(openPipe(device, 'ST-Link', endpointsOf(productId)));
      }),
  });
}

function throughOpenocd(link: VirtualStLink, server: StLinkServer): Probe {
  const extraArguments = ['-c', `hla_stlink_backend tcp ${server.port}`];
  return new OpenocdProbe({ board, config: openocdConfig(board), serial: link.options.serial, extraArguments });
}

/** Children of this process with that name; Linux only, elsewhere none are counted. */
function childrenNamed(name: string): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const [, command, , parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      return command === name && Number(parent) === process.pid;
    } catch {
      return false;
    }
  }).length;
}

/** mulberry32: equal seeds give equal mischief (its timing is still the machine's). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
