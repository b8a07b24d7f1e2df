import type { Report } from '../../main/contract/index.ts';
import type { LayerTime } from '../charts/LayerBars.tsx';

/** What each layer took on the board, beside what the planner expected. */
export const layerTimesOf = ({ profile, board }: Pick<Report, 'profile' | 'board'>): LayerTime[] =>
  (profile?.layers ?? []).map(({ index, name, kind, macs, microseconds, predictedCycles, cycles }) => ({
    index,
    name,
    kind,
    macs,
    milliseconds: (microseconds ?? 0) / 1000,
    predictedMs: predictedCycles === null ? null : (1000 * predictedCycles) / board.clockHz,
    cycles,
  }));
