import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { spaceSummarySchema, StudioError, type SpaceSummary } from '../../contract/index.ts';
import {
  chooseSpace,
  combineBoards,
  parseSearchSpace,
  PUBLISHED_RESOLUTIONS,
  PUBLISHED_WIDTHS,
  searchSpaceSchema,
  compactSpaces,
  SMALL_INPUT,
  spaceFor,
  spaceGrid,
  type Limits,
  type SearchSpace,
  type SpaceDistribution,
} from '../../core/nas/index.ts';
import type { Dataset } from '../../datasets/index.ts';
import { budgetNow } from '../../processes/index.ts';
import type { Trip } from '../jobs/index.ts';
import type { CostModel } from '../search/costs.ts';
import { measureSpaces } from '../search/measureSpaces.ts';
import { steps } from './stepTitles.ts';

const chosenSchema = z.object({
  chosen: searchSpaceSchema,
  spaces: z.array(spaceSummarySchema),
  mostMacs: z.number(),
  /** The largest capacity that fits, of each board. */
  mostCapacities: z.array(z.number()),
  /** How many networks of each space were sampled, for each board. */
  sampled: z.array(z.array(z.int())),
  seconds: z.number(),
});

export interface SpaceWish {
  /** A search space's JSON file that was given by hand. */
  readonly file: string | undefined;
  /** What networks are to fit: one entry for each board. */
  readonly targets: readonly { readonly limits: Limits; readonly model: CostModel }[];
  readonly mostMacs: number;
  readonly minutes: number;
  readonly seed: number;
  readonly workers: number;
  /** How many networks of each space are sampled for each board, where an earlier search is followed instead of the clock. */
  readonly sampled?: readonly (readonly number[])[];
}

/** Networks sampled of each space, as published. */
const SAMPLES = 1000;
/**
 * Of a space's networks at least this part must fit: a supernet learns all of them at once, and time that goes to
 * networks which the board cannot run is lost to those that it can.
 */
const SMALLEST_SHARE = 0.3;
/**
 * Of several boards the smallest has room for far less than the largest: were as many networks to fit it, the largest would
 * find nothing to fill it with (CIFAR-10, 20 ms on four boards: 9 ms were the most that any network of such a space took).
 */
const SMALLEST_SHARE_OF_MANY = 0.02;
/** Widths of each stage, so that one space holds networks for boards that differ. */
const WIDTHS_OF_MANY: readonly number[] = [0.25, 0.5, 0.75, 1];
/** Pictures are not enlarged beyond this: what is not in the data cannot be learnt from it. */
const LARGEST_ENLARGEMENT = 1.5;

/** The published multipliers, and wider ones: small inputs leave room for more channels. */
const WIDTHS: readonly number[] = [...PUBLISHED_WIDTHS, 1.25, 1.5];

/** The spaces among which one is chosen: resolutions that suit the data, times the published widths. */
function spacesFor(dataset: Dataset, boards: number): SearchSpace[] {
  const { shape, classes, kind, report } = dataset;
  const options = boards === 1 ? {} : { stageWidths: WIDTHS_OF_MANY };
  const atOwnSize = (): SearchSpace[] => [
    ...WIDTHS.map((width) => spaceFor(shape, width, classes.length, options)),
    ...compactSpaces(shape, WIDTHS, classes.length, options),
  ];
  // Spectrograms and series keep the shape that their features have.
  if (kind !== 'images' && kind !== 'generated') return atOwnSize();
  const side = Math.min(shape.height, shape.width);
  // A size that was asked for is not the search's to change. What is small already is not made smaller, and enlarging it
  // adds nothing but cost.
  if (/[?&](size|height|width)=/.test(report.spec) || side < SMALL_INPUT) return atOwnSize();
  const near = PUBLISHED_RESOLUTIONS.filter((resolution) => resolution <= side * LARGEST_ENLARGEMENT);
  const resolutions = [...new Set([side, ...near])].sort((a, b) => a - b);
  const squares = resolutions.map((resolution) => ({ ...shape, height: resolution, width: resolution }));
  return [
    ...spaceGrid({ channels: shape.channels }, classes.length, resolutions, PUBLISHED_WIDTHS, options),
    ...squares.flatMap((square) => compactSpaces(square, WIDTHS, classes.length, options)),
  ];
}

/** Stage 1: the space whose networks that fit have the largest mean FLOPs; or the one that was given. */
export function spaceStep(trip: Trip, dataset: Dataset, wish: SpaceWish): Promise<z.infer<typeof chosenSchema>> {
  const given = wish.file === undefined ? null : readSpace(wish.file, dataset);
  return trip.step({
    ...steps.space,
    version: 9,
    input: {
      given,
      dataset: dataset.fingerprint,
      targets: wish.targets,
      mostMacs: wish.mostMacs,
      seed: wish.seed,
      sampled: wish.sampled ?? null,
    },
    output: chosenSchema,
    run: async ({ onProgress, signal, log, write }) => {
      const began = budgetNow(trip.clock);
      const spaces = given === null ? spacesFor(dataset, wish.targets.length) : [given];
      const perBoard: SpaceDistribution[][] = [];
      for (const [index, { model, limits }] of wish.targets.entries()) {
        perBoard.push(
          await measureSpaces({
            spaces,
            model,
            limits,
            mostMacs: wish.mostMacs,
            samples: SAMPLES,
            ...(wish.sampled && { sampled: wish.sampled[index] }),
            seconds: (60 * wish.minutes) / wish.targets.length,
            clock: trip.clock,
            seed: wish.seed,
            workers: wish.workers,
            onProgress,
            signal,
          }),
        );
      }
      const distributions = combineBoards(perBoard);
      const best = chooseSpace(distributions, wish.targets.length === 1 ? SMALLEST_SHARE : SMALLEST_SHARE_OF_MANY);
      if (best === null)
        throw nothingFits(
          spaces.length,
          wish.targets.map(({ limits }) => limits),
        );
      log(
        `${best.space.name}: ${best.fitting} of ${best.sampled} networks fit, ${(best.meanFlops / 2e6).toFixed(2)} M MACs on average`,
      );
      write('spaces.json', `${JSON.stringify(distributions, null, 1)}\n`);
      // What was searched, in the form that a user can change and give back.
      write('space.json', `${JSON.stringify(best.space, null, 2)}\n`);
      return {
        chosen: best.space,
        spaces: distributions.map(summaryOf),
        mostMacs: best.macs.at(-1) ?? 0,
        sampled: perBoard.map((ofBoard) => ofBoard.map(({ sampled }) => sampled)),
        mostCapacities: perBoard.map((ofBoard) => ofBoard[distributions.indexOf(best)].mostCapacity),
        seconds: (budgetNow(trip.clock) - began) / 1000,
      };
    },
  });
}

function summaryOf({ space, sampled, fitting, meanFlops, macs }: SpaceDistribution): SpaceSummary {
  const decile = (i: number): number => macs[Math.min(macs.length - 1, Math.floor((i * macs.length) / 10))] ?? 0;
  return {
    name: space.name,
    sampled,
    fitting,
    meanFlops,
    macsDeciles: Array.from({ length: 9 }, (_, i) => decile(i + 1)),
  };
}

function readSpace(file: string, { shape, classes }: Dataset): SearchSpace {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new StudioError({
      code: 'space.unreadable',
      message: `The search space ${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: 'Check the path, and that the file is JSON.',
      details: { file },
      cause,
    });
  }
  const space = parseSearchSpace(json, file);
  return { ...space, classes: classes.length, input: { ...space.input, channels: shape.channels } };
}

const nothingFits = (spaces: number, limits: readonly Limits[]): StudioError =>
  new StudioError({
    code: 'search.nothing-fits',
    message: `None of the networks sampled from ${spaces} search spaces keeps the limits.`,
    remedy: 'Give more SRAM, Flash or time, or choose a larger board.',
    details: { limits },
  });
