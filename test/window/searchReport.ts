import type { Candidate, Report, Specialised } from '../../main/contract/index.ts';
import { reportFixture } from '../studio/reportFixture.ts';

/** Faster networks that need more SRAM stand on the front beside slower ones: by latency alone it goes up and down. */
const front: readonly Candidate[] = [
  [5, 0.8],
  [10, 0.7],
  [20, 0.9],
  [30, 0.85],
  [40, 0.95],
].map(([latencyMs = 0, accuracy = 0], at) => ({
  key: `network-${at}`,
  latencyMs,
  accuracy,
  sramBytes: 50_000 - 8000 * at,
  flashBytes: 100_000,
  energyMicrojoules: null,
  inputMode: 'whole' as const,
  onFront: true,
}));

const boardLine = (
  promised: Candidate,
  boardId: string,
  boardName: string,
  recommended: Pick<Specialised, 'reason' | 'why'>,
): Specialised => ({
  ...{ boardId, boardName, promised, ...recommended },
  limits: { sramBytes: 60_000, flashBytes: 200_000, latencyMs: 35, energyMicrojoules: null },
  latency: { kind: 'estimated', detail: 'The planner estimates it.' },
  ...{
    macs: 2_000_000,
    parameters: 60_000,
    floatAccuracy: 0.9,
    int8Accuracy: 0.89,
    sramBytes: 30_000,
    flashBytes: 100_000,
  },
  ...{ latencyMs: null, latencyEstimated: null, boardAccuracy: null, folder: null },
});

export function searchReport(): Report {
  const [promised] = front.slice(2);
  if (promised === undefined) throw new Error('the front is empty');
  const space = (name: string, at: number) => ({
    name,
    sampled: 1000,
    fitting: 250 * at,
    meanFlops: 2e6 * at,
    macsDeciles: Array.from({ length: 9 }, (_, decile) => 2e5 * at * (decile + 1)),
  });
  return {
    ...reportFixture(),
    search: {
      spaces: ['r48-w0.5', 'r64-w0.5', 'r64-w0.7'].map((name, at) => space(name, at + 1)),
      chosenSpace: 'r64-w0.7',
      limits: { sramBytes: 60_000, flashBytes: 200_000, latencyMs: 35, energyMicrojoules: null },
      latency: { kind: 'estimated', detail: 'The planner estimates it.', facts: { code: 'too-short' } },
      boards: [
        boardLine(promised, 'nucleo-f401re', 'NUCLEO-F401RE', {
          reason: 'It is the best.',
          why: { code: 'most-accurate' },
        }),
        boardLine(promised, 'nucleo-f746zg', 'NUCLEO-F746ZG', {
          reason: 'It was found for another board.',
          why: { code: 'of-another-board', board: 'NUCLEO-F401RE', accuracy: 0.9, own: 0.88 },
        }),
      ],
      supernetSteps: 400,
      judged: 120,
      generations: 6,
      front: [...front],
      recommended: {
        key: promised.key,
        reason: 'It is nearly the best and faster.',
        why: { code: 'faster', lost: 0.05, saved: 0.5 },
      },
      promised,
    },
  };
}
