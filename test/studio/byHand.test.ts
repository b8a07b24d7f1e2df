import { describe, expect, it } from 'vitest';
import { ByHand } from '../../main/studio/service/byHand.ts';

const BOARD = 'nucleo-f446re';
const never = new AbortController().signal;

/** Work that ends when it is told to. */
function held(): { readonly work: () => Promise<string>; readonly end: () => void; readonly fail: () => void } {
  let end = (): void => undefined;
  let fail = (): void => undefined;
  const done = new Promise<string>((resolve, reject) => {
    end = () => resolve('done');
    fail = () => reject(new Error('the cable'));
  });
  return { work: () => done, end, fail };
}

describe('what is done with a board by hand', () => {
  it('is one thing at a time on a real board, and as many as one likes on virtual ones', async () => {
    const byHand = new ByHand();
    const first = held();
    const flashing = byHand.with(BOARD, first.work);
    await expect(byHand.with(BOARD, () => Promise.resolve())).rejects.toMatchObject({
      code: 'board.in-use',
      message: expect.stringMatching(/^NUCLEO-F446RE is in use: /),
    });
    expect(await byHand.with('nucleo-f401re', () => Promise.resolve(1))).toBe(1);
    const both = [held(), held()];
    const twice = both.map(({ work }) => byHand.with('virtual-stm32f405', work));
    both.forEach(({ end }) => end());
    expect(await Promise.all(twice)).toEqual(['done', 'done']);
    first.end();
    expect(await flashing).toBe('done');
    expect(await byHand.with(BOARD, () => Promise.resolve(2))).toBe(2);
  });

  it('is waited for by a job that wants the board, however it ends', async () => {
    const byHand = new ByHand();
    for (const how of ['end', 'fail'] as const) {
      const going = held();
      const flashing = byHand.with(BOARD, going.work).catch(({ message }: Error) => message);
      let isFree = false;
      const free = byHand.ended([BOARD], never).then(() => (isFree = true));
      await byHand.ended(['nucleo-f401re', 'virtual-stm32f405'], never);
      expect(isFree).toBe(false);
      going[how]();
      await free;
      expect(await flashing).toBe(how === 'end' ? 'done' : 'the cable');
    }
  });

  it('is not waited for by a job that was cancelled', async () => {
    const byHand = new ByHand();
    const going = held();
    const flashing = byHand.with(BOARD, going.work);
    const cancelled = new AbortController();
    const waiting = byHand.ended([BOARD], cancelled.signal);
    cancelled.abort();
    await waiting;
    await byHand.ended([BOARD], cancelled.signal);
    going.end();
    await flashing;
  });
});
