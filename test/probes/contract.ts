import { afterEach, describe, expect, it } from 'vitest';
import { StudioError, type Progress } from '../../main/contract/index.ts';
import type { FlashImage, Probe } from '../../main/probes/index.ts';

/** What can be wrong at the bench; each probe's bench says which of them it can produce. */
export type Trouble =
  | 'no-probe'
  | 'no-permission'
  | 'busy'
  | 'wrong-serial'
  | 'no-voltage'
  | 'no-target'
  | 'wrong-chip'
  | 'wrong-chip-of-other-family'
  | 'read-protected'
  | 'write-protected'
  | 'bad-cell';

/** A probe with a board behind it, and what a test may look at and do that a user's hands could. */
export interface Bench {
  readonly probe: Probe;
  /** What is in Flash now, from the start of the board's Flash. */
  flash(): Uint8Array | Promise<Uint8Array>;
  /** Sectors erased so far, or null where this bench cannot know. */
  erasedSectors(): number | null;
  /** How often the firmware was started, or null where a pattern cannot be. */
  starts(): number | null;
  /** Pulls the cable as soon as something was written; null where there is no cable. */
  readonly unplugWhileWriting: (() => void) | null;
  /** The chip loses its power or its debug pins as soon as something was written; null where that cannot be. */
  readonly loseTargetWhileWriting: (() => void) | null;
  plugIn(): void;
  close(): Promise<void>;
}

export interface BenchMaker {
  readonly name: string;
  readonly troubles: readonly Trouble[];
  /** Whether aborting by signal takes effect between the steps of a flash. */
  readonly abortable: boolean;
  /** Whether it can lift read protection. */
  readonly unlocks?: boolean;
  make(trouble?: Trouble): Promise<Bench>;
}

/** An image of that many bytes in which each place has another value than its neighbours. */
export function patternImage(start: number, length: number, seed = 1): FlashImage {
  const bytes = new Uint8Array(length).map((_, at) => (at * 7 + (at >> 8) + seed * 13) & 0xff);
  return { file: 'pattern.bin', segments: [{ address: start, bytes }] };
}

const messages: Record<Trouble, { code: string; says: RegExp }> = {
  'no-probe': { code: 'probe.not-found', says: /plugged in/ },
  'no-permission': { code: 'probe.no-permission', says: /does not let us open/ },
  busy: { code: 'probe.busy', says: /Another program/ },
  'wrong-serial': { code: 'probe.wrong-serial', says: /not the one with serial number/ },
  'no-voltage': { code: 'probe.no-target-voltage', says: /measures 0\.00 V/ },
  'no-target': { code: 'probe.no-target', says: /no chip answers/ },
  'wrong-chip': { code: 'probe.wrong-chip', says: /STM32.*nothing was erased/ },
  'wrong-chip-of-other-family': { code: 'probe.wrong-chip', says: /STM32.*nothing was erased/ },
  'read-protected': { code: 'probe.read-protected', says: /read-protected/ },
  'write-protected': { code: 'probe.write-protected', says: /write-protected/ },
  'bad-cell': { code: 'probe.verify-failed', says: /differs/ },
};
const erasesNothing: readonly Trouble[] = ['wrong-chip', 'wrong-chip-of-other-family', 'read-protected'];

/** The guarantees that `probe.ts` gives, asserted for one kind of probe. */
export function describeProbe(maker: BenchMaker): void {
  describe(`a probe: ${maker.name}`, () => {
    let bench: Bench | undefined;
    const take = async (trouble?: Trouble): Promise<Bench> => (bench = await maker.make(trouble));
    afterEach(async () => {
      await bench?.close();
      bench = undefined;
    });

    it('names the chip', async () => {
      const { probe } = await take();
      const identity = await probe.identify();
      expect(identity.name).toBe(probe.board.mcu);
      expect(identity.protection).not.toBe('read');
    });

    it('writes an image so that it reads back equal, starts it, and reports every byte', async () => {
      const { probe, flash, starts } = await take();
      const image = patternImage(flashStart(probe), 40_000);
      const reports: Progress[] = [];
      await probe.flash(image, { onProgress: (report) => reports.push(report) });
      expect(firstBytes(await flash(), 40_000)).toEqual(Buffer.from(image.segments[0]?.bytes ?? []));
      expect(starts() ?? 1).toBeGreaterThan(0);
      const last = reports[reports.length - 1];
      expect(last?.done).toBe(last?.total);
      expect(reports.every((report) => report.total === null || report.done <= report.total)).toBe(true);
    });

    it('leaves nothing of a longer image before the end of the shorter one', async () => {
      const { probe, flash } = await take();
      await probe.flash(patternImage(flashStart(probe), 20_000, 1));
      const second = patternImage(flashStart(probe), 9_001, 2);
      await probe.flash(second);
      expect(firstBytes(await flash(), 9_001)).toEqual(Buffer.from(second.segments[0]?.bytes ?? []));
    });

    it('writes an image of several pieces with holes between them', async () => {
      const { probe, flash } = await take();
      const start = flashStart(probe);
      const pieces = [patternImage(start, 300, 3), patternImage(start + 1024, 500, 4)].flatMap(
        ({ segments }) => segments,
      );
      await probe.flash({ file: 'pieces.elf', segments: pieces });
      expect(firstBytes((await flash()).subarray(1024), 500)).toEqual(Buffer.from(pieces[1]?.bytes ?? []));
      expect(firstBytes(await flash(), 300)).toEqual(Buffer.from(pieces[0]?.bytes ?? []));
    });

    it('refuses an image that is larger than Flash, and touches nothing', async () => {
      const { probe, erasedSectors } = await take();
      const capacity = probe.board.memory.find((region) => region.kind === 'flash')?.sizeBytes ?? 0;
      const code = await codeOf(probe.flash(patternImage(flashStart(probe), capacity + 4)));
      expect(code).toBe('probe.image-too-large');
      expect(erasedSectors() ?? 0).toBe(0);
    });

    it('refuses an image that lies outside of Flash', async () => {
      const { probe } = await take();
      expect(await codeOf(probe.flash(patternImage(0x60000000, 100)))).toBe('probe.image-outside-flash');
    });

    it.each(maker.troubles)('says what is wrong: %s', async (trouble) => {
      const { probe, erasedSectors } = await take(trouble);
      const error = await errorOf(probe.flash(patternImage(flashStart(probe), 3_000)));
      const expected = messages[trouble];
      expect(error.code).toBe(expected.code);
      expect(error.message).toMatch(expected.says);
      expect(error.remedy.length).toBeGreaterThan(10);
      if (erasesNothing.includes(trouble)) expect(erasedSectors() ?? 0).toBe(0);
    });

    describe.runIf(maker.unlocks === true)('its read protection', () => {
      it('is lifted by erasing everything, and then it can be flashed', async () => {
        const { probe, flash } = await take('read-protected');
        (await flash()).fill(0x55);
        await probe.unlock?.();
        expect(firstBytes(await flash(), 4096).every((byte) => byte === 0xff)).toBe(true);
        const image = patternImage(flashStart(probe), 3_000);
        await probe.flash(image);
        expect(firstBytes(await flash(), 3_000)).toEqual(Buffer.from(image.segments[0]?.bytes ?? []));
      });

      it('is not lifted where there is none: nothing is erased', async () => {
        const { probe, erasedSectors } = await take();
        expect(await codeOf(probe.unlock?.() ?? Promise.resolve())).toBe('probe.not-protected');
        expect(erasedSectors()).toBe(0);
      });

      it('is not lifted from a chip that is not the board’s', async () => {
        const { probe, erasedSectors } = await take('wrong-chip');
        expect(await codeOf(probe.unlock?.() ?? Promise.resolve())).toBe('probe.wrong-chip');
        expect(erasedSectors()).toBe(0);
      });
    });

    it.runIf(maker.abortable)('can be stopped, and flashes again afterwards', async () => {
      const { probe, flash } = await take();
      const abort = new AbortController();
      const image = patternImage(flashStart(probe), 150_000);
      const stopped = probe.flash(image, {
        signal: abort.signal,
        onProgress: () => {
          abort.abort();
        },
      });
      expect(await codeOf(stopped)).toBe('probe.aborted');
      await probe.flash(image);
      expect(firstBytes(await flash(), 150_000)).toEqual(Buffer.from(image.segments[0]?.bytes ?? []));
    });

    it('survives the cable being pulled, and flashes again afterwards', async (context) => {
      const { probe, flash, unplugWhileWriting, plugIn } = await take();
      if (unplugWhileWriting === null) {
        context.skip();
        return;
      }
      unplugWhileWriting();
      const image = patternImage(flashStart(probe), 60_000);
      expect(await codeOf(probe.flash(image))).toBe('probe.unplugged');
      plugIn();
      await probe.flash(image);
      expect(firstBytes(await flash(), 60_000)).toEqual(Buffer.from(image.segments[0]?.bytes ?? []));
    });

    it('says that the chip stopped answering, and flashes again when it does', async (context) => {
      const { probe, flash, loseTargetWhileWriting, plugIn } = await take();
      if (loseTargetWhileWriting === null) {
        context.skip();
        return;
      }
      loseTargetWhileWriting();
      const image = patternImage(flashStart(probe), 60_000);
      expect(await codeOf(probe.flash(image))).toBe('probe.target-lost');
      plugIn();
      await probe.flash(image);
      expect(firstBytes(await flash(), 60_000)).toEqual(Buffer.from(image.segments[0]?.bytes ?? []));
    });

    it('closes twice without complaint', async () => {
      const { probe } = await take();
      await probe.close();
      await probe.close();
    });
  });
}

export async function errorOf(promise: Promise<unknown>): Promise<StudioError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof StudioError) return error;
    throw error;
  }
  throw new Error('expected a failure, but it succeeded');
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return (await errorOf(promise)).code;
}

function flashStart(probe: Probe): number {
  return probe.board.memory.find((region) => region.kind === 'flash')?.start ?? 0;
}

function firstBytes(bytes: Uint8Array, count: number): Buffer {
  return Buffer.from(bytes.subarray(0, count));
}
