import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findBoard } from '../../../main/boards/index.ts';
import type { Candidate } from '../../../main/contract/index.ts';
import { architectureCost, readArchitecture } from '../../../main/core/architecture/index.ts';
import {
  capacityOf,
  largestGenotype,
  PUBLISHED_EVOLUTION,
  toArchitecture,
  type HeatRound,
} from '../../../main/core/nas/index.ts';
import { createRandom } from '../../../main/core/random/index.ts';
import { initializeNetwork } from '../../../main/core/training/index.ts';
import { openDataset } from '../../../main/datasets/index.ts';
import { Workspace } from '../../../main/store/index.ts';
import { Trip } from '../../../main/studio/jobs/index.ts';
import { engineCore } from '../../../main/studio/pipeline/compile.ts';
import { evolutionIn, evolveStep, type Found } from '../../../main/studio/pipeline/evolveStep.ts';
import { costModelOf } from '../../../main/studio/search/costs.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { tinySpace } from '../../support/tinySearch.ts';

const board = findBoard('virtual-stm32f405');
const limits = { sramBytes: 40_000, flashBytes: 200_000, latencyMs: null, energyMicrojoules: null };
const space = { ...tinySpace, input: { height: 32, width: 32, channels: 3 }, classes: 16 };
const heats: readonly HeatRound[] = [
  { entrants: 3, passes: 0.5 },
  { entrants: 2, passes: 1.5 },
];

interface Searched {
  readonly found: Found;
  readonly log: readonly string[];
}

interface SearchOptions {
  readonly folder?: string;
  /** Goes on with the search that was stopped in the folder. */
  readonly resume?: boolean;
  /** Aborts the search as soon as that many networks were trained alone. */
  readonly stop?: number;
  /** What the heats may take; twice as long is too long. */
  readonly heatMinutes?: number;
  readonly leastCapacity?: number;
  readonly mostMacs?: number;
}

async function search(
  rounds: readonly HeatRound[],
  {
    folder = temporaryFolder(),
    resume = false,
    stop = Infinity,
    heatMinutes = 1,
    leastCapacity = 0,
    mostMacs = Infinity,
  }: SearchOptions = {},
): Promise<Searched> {
  const dataset = await openDataset('generated:road-signs?size=32&train=128&validation=64&test=16', {
    cacheDir: folder,
  });
  const { weights } = initializeNetwork(toArchitecture(space, largestGenotype(space)), createRandom(1));
  const supernet = { weights, sha256: 'fresh', steps: 0, hasLargest: false, seconds: 0 };
  const workspace = Workspace.open(folder);
  const { runs } = await workspace.listRuns();
  const run = resume
    ? workspace.openRun(runs[0].id)
    : workspace.createRun({
        kind: 'search',
        title: 'a search',
        params: { kind: 'search', dataset: 'generated:road-signs', boardId: board.id, minutes: 1 },
      });
  const log: string[] = [];
  const stopping = new AbortController();
  const trip = new Trip(run, stopping.signal, (event) => {
    if (event.type === 'log') log.push(event.line.message);
    const alone =
      event.type === 'candidates' ? event.candidates.filter(({ passesAlone }) => passesAlone !== undefined) : [];
    if (alone.length >= stop) stopping.abort();
  });
  const model = costModelOf(board, engineCore(board), limits);
  const wish = {
    limits,
    leastCapacity,
    meanMacs: 1e6,
    mostMacs,
    seeds: [],
    heats: rounds,
    heatMinutes,
    model,
    minutes: 1,
    generations: 1,
    seed: 3,
    workers: 1,
  };
  try {
    return { found: await trip.go([], () => evolveStep(trip, dataset, space, supernet, wish)), log };
  } finally {
    run.close();
    workspace.close();
  }
}

describe('evolution', () => {
  it('has the published settings where there is time for them', () => {
    expect(evolutionIn(10, 1e12, 2)).toEqual(PUBLISHED_EVOLUTION);
    expect(PUBLISHED_EVOLUTION).toMatchObject({ population: 100, parents: 20, crossovers: 50, mutations: 50 });
    // CIFAR-10: 1,512 samples each, 4.5 million multiply-accumulates.
    const small = evolutionIn(1, 1512 * 4.5e6, 2);
    expect(small).toMatchObject({ population: 40, parents: 10, crossovers: 20, mutations: 20 });
    // What is judged in seconds is judged in fewer, and never in none.
    const tiny = evolutionIn(0.05, 800 * 6e6, 2);
    expect(tiny.population).toBeLessThan(small.population);
    expect(evolutionIn(1e-3, 800 * 6e6, 1)).toMatchObject({ population: 12, parents: 3, crossovers: 6, mutations: 6 });
  });
});

describe('stage 2 of a short search', () => {
  it('looks at none but those that are worth it, and for which there is time', async () => {
    const { macs } = architectureCost(toArchitecture(space, largestGenotype(space)));
    const capacity = capacityOf(toArchitecture(space, largestGenotype(space)));
    const latencies = async (options: SearchOptions): Promise<[number, number]> => {
      const all = (await search([], options)).found.candidates.map(({ latencyMs }) => latencyMs);
      return [Math.min(...all), Math.max(...all)];
    };
    const [least, most] = await latencies({});
    expect((await latencies({ leastCapacity: 0.6 * capacity }))[0]).toBeGreaterThan(1.2 * least);
    expect((await latencies({ mostMacs: 0.6 * macs }))[1]).toBeLessThan(0.8 * most);
  }, 240_000);

  it('has the network that did best alone, and says of each candidate how it was judged', async () => {
    const { found, log } = await search(heats);
    const alone = found.candidates.filter(({ passesAlone }) => passesAlone !== undefined);
    expect(alone.map(({ passesAlone }) => passesAlone)).toEqual([1.5, 1.5]);
    expect(found.candidates.length).toBeGreaterThan(alone.length);
    expect(found.candidates.filter(({ onFront }) => onFront).every((each) => alone.includes(each))).toBe(true);
    const best = Math.max(...alone.map(({ accuracy }) => accuracy));
    const recommended = alone.find(({ key }) => key === found.recommended.key);
    expect(recommended?.accuracy).toBeGreaterThanOrEqual(best - 0.001);
    expect(log.join('\n')).toContain('% after 1.5 passes alone');
    // The same seed gives the same search.
    expect((await search(heats)).found).toEqual({ ...found, seconds: expect.any(Number) });
  }, 240_000);

  it('goes on where it was stopped, and ends as if it had not been', async () => {
    const folder = temporaryFolder();
    const whole = await search(heats);
    await expect(search(heats, { folder, stop: 3 })).rejects.toThrow();
    await expect(search(heats, { folder, resume: true, stop: 1 })).rejects.toThrow();
    const { found } = await search(heats, { folder, resume: true });
    expect(found).toEqual({ ...whole.found, seconds: expect.any(Number) });
  }, 240_000);

  it('ends the heats where the machine is too slow for them, with what has been trained', async () => {
    const { found } = await search(heats, { heatMinutes: 0 });
    expect(found.heatTrainings).toBe(1);
    const alone = found.candidates.filter(({ passesAlone }) => passesAlone !== undefined);
    expect(alone.map(({ key, passesAlone }) => [key, passesAlone])).toEqual([[found.recommended.key, 0.5]]);
    expect((await search(heats)).found.heatTrainings).toBe(5);
  }, 240_000);

  it('leaves the best that it had found when it is stopped', async () => {
    const folder = temporaryFolder();
    await expect(search(heats, { folder, stop: 2 })).rejects.toThrow();
    const workspace = Workspace.open(folder);
    const { runs } = await workspace.listRuns();
    const root = workspace.folderOf(runs[0].id);
    const { artefacts } = workspace.readRun(runs[0].id);
    workspace.close();
    const names = artefacts.map(({ name }) => name);
    expect(names.toSorted()).toEqual(['architecture.json', 'front.json']);
    const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
    const front = read('front.json') as Candidate[];
    const [best] = front.filter(({ passesAlone, onFront }) => passesAlone === 0.5 && onFront);
    expect(best.sramBytes).toBeLessThanOrEqual(limits.sramBytes);
    const { macs } = architectureCost(readArchitecture(read('architecture.json')));
    expect(macs).toBeGreaterThan(0);
  }, 240_000);

  it('goes by inherited weights where there is no time for that', async () => {
    const { found, log } = await search([]);
    expect(found.candidates.some(({ passesAlone }) => passesAlone !== undefined)).toBe(false);
    expect(log.join('\n')).toContain('with inherited weights');
  }, 240_000);
});
