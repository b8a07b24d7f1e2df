import { describe, expect, it, onTestFinished } from 'vitest';
import { findBoard } from '../../main/boards/index.ts';
import type { StudioError } from '../../main/contract/index.ts';
import {
  buildImage,
  describeFault,
  explainFault,
  type BuiltImage,
  type FaultExplanation,
} from '../../main/firmware/index.ts';
import type { FaultRegisters, Session } from '../../main/link/index.ts';
import { connect, openQemuProbe, startFirmware, type Probe } from '../../main/probes/index.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { handModel, handModelAnswer } from './handModel.ts';

const board = findBoard('virtual-stm32f405');

async function start(
  mischief: string,
  invokeMs = 20_000,
): Promise<{ probe: Probe; session: Session; image: BuiltImage }> {
  const image = await buildImage({ board, model: handModel({ mischief }), outDir: temporaryFolder() });
  const probe = await openQemuProbe(board);
  onTestFinished(() => probe.close());
  const session = await startFirmware(probe, image.flashImage, { invokeMs });
  onTestFinished(() => session.close());
  await session.load(new Int8Array(64));
  return { probe, session, image };
}

async function faultOf(mischief: string): Promise<{ error: StudioError; explanation: FaultExplanation }> {
  const { session, image } = await start(mischief);
  const error = await session.invoke().then(
    () => Promise.reject(new Error('the model ran to its end')),
    (thrown: StudioError) => thrown,
  );
  return { error, explanation: explainFault(error.details.registers as FaultRegisters, image.elf) };
}

describe('a model that goes astray', () => {
  it('is told in one sentence with its own names', async () => {
    const { error } = await faultOf('__asm volatile("udf #0");');
    const registers = error.details.registers as FaultRegisters;
    const { elf } = await buildImage({
      board,
      model: handModel({ mischief: '__asm volatile("udf #0");' }),
      outDir: temporaryFolder(),
    });
    expect(describeFault(registers, elf, ['reverse_0', 'increment_1'])).toBe(
      'in increment, while increment_1 ran: an undefined instruction',
    );
    const elsewhere = { ...registers, pc: 0x12345678, operator: null, cfsr: 0, exception: 3 };
    expect(describeFault(elsewhere, elf, [])).toBe('in the code at 0x12345678: exception 3');
  });

  it('is told with cause, function and operator when it reads where nothing is', async () => {
    const { error, explanation } = await faultOf('to[0] = *(volatile int8_t *)0x60000000;');
    expect(error.code).toBe('link.fault');
    expect(error.message).toMatch(/^The firmware stopped with a fault at 0x0800[0-9a-f]{4} while operator 1 ran\.$/);
    expect(explanation).toMatchObject({
      cause: 'an access to an address where there is no memory (address 0x60000000)',
      functionName: 'increment',
      operator: 1,
    });
  });

  it('is told when it meets an undefined instruction', async () => {
    const { explanation } = await faultOf('__asm volatile("udf #0");');
    expect(explanation).toMatchObject({ cause: 'an undefined instruction', functionName: 'increment' });
  });

  it('is told when it needs more stack than there is, instead of overwriting its own data', async () => {
    const { error } = await faultOf(
      'volatile int8_t big[9000]; for (int i = 8999; i >= 0; i--) big[i] = 1; to[0] = big[8];',
    );
    expect(error.code).toBe('link.fault');
  });

  it('answers with its fault again until the board is reset, and works after that', async () => {
    const { session, probe } = await start('static int runs; if (from[0] == 5) __asm volatile("udf #0"); runs++;');
    await session.load(new Int8Array(64).fill(5));
    await expect(session.invoke()).rejects.toMatchObject({ code: 'link.fault' });
    await expect(session.stack()).rejects.toMatchObject({ code: 'link.fault' });
    await session.close();
    await probe.reset();
    const again = await connect(probe);
    onTestFinished(() => again.close());
    expect(await again.run(new Int8Array(64).fill(6))).toEqual(handModelAnswer(new Int8Array(64).fill(6)));
  });

  it('ends in bounded time when it never ends, and the board can be reset', async () => {
    const { session, probe } = await start('for (volatile int i = 0; from[0] == 7;) i++;', 1500);
    await session.load(new Int8Array(64).fill(7));
    await expect(session.invoke()).rejects.toMatchObject({ code: 'link.no-answer' });
    await session.close();
    await probe.reset();
    const again = await connect(probe);
    onTestFinished(() => again.close());
    expect((await again.stack()).totalBytes).toBe(8192);
  });

  it('is told when it says that it failed', async () => {
    const image = await buildImage({
      board,
      model: handModel().map(({ path, text }) => ({ path, text: text.replace('return 0;', 'return -3;') })),
      outDir: temporaryFolder(),
    });
    const probe = await openQemuProbe(board);
    onTestFinished(() => probe.close());
    const session = await startFirmware(probe, image.flashImage);
    onTestFinished(() => session.close());
    await session.load(new Int8Array(64));
    await expect(session.invoke()).rejects.toMatchObject({ code: 'link.model-failed', details: { result: -3 } });
  });
});
