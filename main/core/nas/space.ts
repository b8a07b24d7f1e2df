import { z } from 'zod';
import { StudioError } from '../../contract/index.ts';
import type { InputShape } from '../architecture/index.ts';

const positive = z.int().positive();
const choices = z.array(positive).min(1);

const stageSchema = z.strictObject({
  /** Channels of the blocks' outputs at width 1. */
  channels: positive,
  strideH: z.union([z.literal(1), z.literal(2)]),
  strideW: z.union([z.literal(1), z.literal(2)]),
  /** How many blocks the stage may have. */
  depths: choices,
  kernels: z.array(z.union([z.literal(3), z.literal(5), z.literal(7)])).min(1),
  /** Expanded channels as multiples of a block's input channels. */
  expansions: choices,
  /** Factors on `channels`, one for the whole stage so that its residuals stay; [1] where width is not searched. */
  widths: z.array(z.number().positive()).min(1),
});

/** A search space as plain JSON: what users write by hand, and what a run keeps. */
export const searchSpaceSchema = z.strictObject({
  name: z.string().min(1),
  input: z.strictObject({ height: positive, width: positive, channels: positive }),
  classes: z.int().min(2),
  stem: z.strictObject({
    channels: positive,
    kernel: z.union([z.literal(3), z.literal(5), z.literal(7)]),
    strideH: positive.max(4),
    strideW: positive.max(4),
  }),
  /** The block behind the stem: depthwise 3×3 and a projection, without expansion; its output channels. */
  firstBlockChannels: positive,
  stages: z.array(stageSchema).min(1),
  headChannels: positive.nullable(),
});

export type SearchSpace = z.infer<typeof searchSpaceSchema>;
export type SearchStage = SearchSpace['stages'][number];

/** Reads a space that a user wrote. Throws `space.invalid` naming the first thing that is wrong. */
export function parseSearchSpace(json: unknown, source: string): SearchSpace {
  const parsed = searchSpaceSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new StudioError({
    code: 'space.invalid',
    message: `The search space ${source} is not valid at ${issue.path.join('.') || 'its top'}: ${issue.message}.`,
    remedy:
      'Correct the file; `mcunet space` writes a valid one to start from, and a finished search has its own as space.json.',
    details: { source, path: issue.path, issues: parsed.error.issues.length },
  });
}

/** Rounds to a multiple of `divisor`, never down by more than 10 %: MobileNet's rule, which the published nets follow. */
export function makeDivisible(value: number, divisor = 8): number {
  const rounded = Math.max(divisor, Math.floor((value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

/** Resolutions and width multipliers of the paper's 108 spaces (arXiv 2007.10319, §3.1). */
export const PUBLISHED_RESOLUTIONS: readonly number[] = Array.from({ length: 12 }, (_, i) => 48 + 16 * i);
export const PUBLISHED_WIDTHS: readonly number[] = Array.from({ length: 9 }, (_, i) => (i + 2) / 10);

/** Base widths and strides of mit-han-lab/mcunet's tinynas: stem, first block, then six stages. */
const BASE_CHANNELS = { stem: 32, first: 16, stages: [24, 40, 80, 96, 192, 320] } as const;
const STAGE_STRIDES = [2, 2, 2, 1, 2, 1] as const;
/** An axis is not halved below this: on inputs smaller than the published ones the last strides become 1. */
const SMALLEST_SIDE = 4;

/** An axis of at most so many elements, beside one that is several times as long, holds the sensors of a series. */
const MOST_SENSORS = 8;
const SERIES_ASPECT = 4;
const isSensors = (side: number, other: number): boolean => side <= MOST_SENSORS && other >= SERIES_ASPECT * side;

/**
 * The stem of a space. It halves each axis; but an axis of sensors is nothing to look along, and each step of it would be
 * paid for in every layer: there the window sees all of them at once, or in two steps, as if they were channels.
 */
function stemFor(
  { height, width: columns }: InputShape,
  channels: number,
): { readonly stem: SearchSpace['stem']; readonly height: number; readonly columns: number } {
  const sides = [
    { side: height, other: columns },
    { side: columns, other: height },
  ];
  const sensors = sides.find(({ side, other }) => isSensors(side, other));
  const kernel = sensors !== undefined && sensors.side > 3 ? 5 : 3;
  const [strideH, strideW] = sides.map(({ side, other }) =>
    isSensors(side, other) ? (side <= 4 ? side : Math.ceil(side / 2)) : 2,
  );
  const stem = { channels, kernel, strideH, strideW } as const;
  return { stem, height: Math.ceil(height / strideH), columns: Math.ceil(columns / strideW) };
}

export interface SpaceOptions {
  readonly kernels?: SearchStage['kernels'];
  readonly expansions?: readonly number[];
  readonly depths?: readonly number[];
  /** Factors on each stage's channels, as in MCUNetV2's per-block width; [1] as first published. */
  readonly stageWidths?: readonly number[];
  readonly headChannels?: number | null;
}

/**
 * The published space at one resolution and width multiplier (kernel 3/5/7, expansion 3/4/6, depth 2/3/4, last stage
 * one block). Inputs need not be square: each axis stops halving on its own once it is small.
 */
export function mcunetSpace(
  input: InputShape,
  width: number,
  classes: number,
  options: SpaceOptions = {},
): SearchSpace {
  const seen = stemFor(input, makeDivisible(BASE_CHANNELS.stem * width));
  let { height, columns } = seen;
  const leastRows = isSensors(input.height, input.width) ? 1 : SMALLEST_SIDE;
  const leastColumns = isSensors(input.width, input.height) ? 1 : SMALLEST_SIDE;
  const halve = (side: number, stride: 1 | 2, least: number): 1 | 2 => (stride === 2 && side > least ? 2 : 1);
  const last = BASE_CHANNELS.stages.length - 1;
  const stages = BASE_CHANNELS.stages.map((channels, i): SearchStage => {
    const strideH = halve(height, STAGE_STRIDES[i], leastRows);
    const strideW = halve(columns, STAGE_STRIDES[i], leastColumns);
    height = Math.ceil(height / strideH);
    columns = Math.ceil(columns / strideW);
    return {
      channels: makeDivisible(channels * width),
      strideH,
      strideW,
      depths: i === last ? [1] : [...(options.depths ?? [2, 3, 4])],
      kernels: [...(options.kernels ?? ([3, 5, 7] as const))],
      expansions: [...(options.expansions ?? [3, 4, 6])],
      widths: [...(options.stageWidths ?? [1])],
    };
  });
  return {
    name: spaceName(input, width),
    input,
    classes,
    stem: seen.stem,
    firstBlockChannels: makeDivisible(BASE_CHANNELS.first * width),
    stages,
    headChannels: options.headChannels ?? null,
  };
}

/** Base widths of the family for small inputs: stem and first block, then four stages. */
const SMALL_CHANNELS = { stem: 16, stages: [24, 40, 80, 128] } as const;
const SMALL_DEPTHS: readonly (readonly number[])[] = [
  [1, 2, 3],
  [1, 2, 3, 4],
  [1, 2, 3, 4],
  [1, 2],
];
/** In which order stages halve their input, where only some may: late ones first, the last not at all. */
const HALVED_FIRST = [1, 2, 0];
/** Below this a window of 7 is mostly padding. */
const SMALLEST_FOR_7 = 6;

/**
 * A space for inputs smaller than the published ones. Their strides would leave a picture of 32 pixels 4 of them after
 * the second stage, and the other four stages next to nothing to look at. Here the stem halves once and each axis keeps
 * its size for as long as it can: stages halve late, down to four rows or columns; there are fewer of them, and each may
 * be as narrow as half its width and as short as one block.
 */
export function smallInputSpace(
  input: InputShape,
  width: number,
  classes: number,
  options: SpaceOptions = {},
): SearchSpace {
  const { stem, ...seen } = stemFor(input, makeDivisible(SMALL_CHANNELS.stem * width));
  const rows = halvings(seen.height, isSensors(input.height, input.width) ? 1 : SMALLEST_SIDE);
  const columns = halvings(seen.columns, isSensors(input.width, input.height) ? 1 : SMALLEST_SIDE);
  let side = Math.max(seen.height, seen.columns);
  const stages = SMALL_CHANNELS.stages.map((channels, i): SearchStage => {
    const stride = (count: number): 1 | 2 => (HALVED_FIRST.slice(0, count).includes(i) ? 2 : 1);
    const [strideH, strideW] = [stride(rows), stride(columns)];
    side = Math.ceil(side / Math.min(strideH, strideW));
    const kernels = side < SMALLEST_FOR_7 ? ([3, 5] as const) : ([3, 5, 7] as const);
    return {
      channels: makeDivisible(channels * width),
      strideH,
      strideW,
      depths: [...(options.depths ?? SMALL_DEPTHS[i])],
      kernels: [...(options.kernels ?? kernels)],
      expansions: [...(options.expansions ?? [3, 4, 6])],
      widths: [...(options.stageWidths ?? [0.5, 0.75, 1])],
    };
  });
  return {
    name: spaceName(input, width),
    input,
    classes,
    stem,
    firstBlockChannels: stem.channels,
    stages,
    headChannels: options.headChannels ?? null,
  };
}

/** How often an axis is halved, three stages at most, until it is no longer than `least`. */
function halvings(side: number, least: number): number {
  let count = 0;
  for (let left = side; left > least && count < HALVED_FIRST.length; left = Math.ceil(left / 2)) count++;
  return count;
}

/** Inputs whose longer side is below this are small. */
export const SMALL_INPUT = 64;

/** The space that suits an input's size, at a width multiplier. */
export const spaceFor = (input: InputShape, width: number, classes: number, options: SpaceOptions = {}): SearchSpace =>
  (Math.max(input.height, input.width) < SMALL_INPUT ? smallInputSpace : mcunetSpace)(input, width, classes, options);

/** Up to this side the family for small inputs is tried beside the published one. */
const MOST_COMPACT = 128;

/**
 * The family for small inputs at a middling size (64 to 128), for stage 1 to choose from beside the published one; none at any
 * other. The published family halves a picture five times and has most of its weights where little of it is left; this one
 * leaves networks with more computation in less Flash.
 */
export function compactSpaces(
  input: InputShape,
  widths: readonly number[],
  classes: number,
  options: SpaceOptions = {},
): SearchSpace[] {
  const side = Math.max(input.height, input.width);
  if (side < SMALL_INPUT || side > MOST_COMPACT) return [];
  return widths.map((width) => ({
    ...smallInputSpace(input, width, classes, options),
    name: `compact-${spaceName(input, width)}`,
  }));
}

const spaceName = ({ height, width: columns }: InputShape, width: number): string =>
  `w${width}-r${height === columns ? height : `${height}x${columns}`}`;

/** The 12 × 9 spaces of the paper, or any other grid, for inputs of a given number of channels and aspect. */
export function spaceGrid(
  input: { readonly channels: number; readonly aspect?: number },
  classes: number,
  resolutions: readonly number[] = PUBLISHED_RESOLUTIONS,
  widths: readonly number[] = PUBLISHED_WIDTHS,
  options: SpaceOptions = {},
): SearchSpace[] {
  return resolutions.flatMap((resolution) =>
    widths.map((width) => {
      const shape = {
        height: resolution,
        width: Math.max(1, Math.round(resolution * (input.aspect ?? 1))),
        channels: input.channels,
      };
      return mcunetSpace(shape, width, classes, options);
    }),
  );
}
