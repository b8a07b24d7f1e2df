/**
 * Architectures as chains of links: an operator with its kernel variants, and how far back its inputs were made. Links are
 * made piece by piece (stem, block, head, classifier) and kept, as the search asks for the same pieces over and over.
 */
import {
  validateArchitecture,
  type Architecture,
  type Block,
  type InvertedResidual,
} from '../../../architecture/index.ts';
import { macsOf, tensorAt, type Model, type Operator } from '../../../graph/index.ts';
import type { Core, KernelVariant } from '../../kernels/kernel.ts';
import { activationInputs, rowShapeOf } from '../../rows.ts';
import { lowerFor } from '../../lowerFor.ts';
import { skeletonOf } from '../../skeleton.ts';
import type { KernelTiming } from '../../timing/latencyTable.ts';
import { codeNamesOf, unsupported, variantsOf, ways } from '../assign.ts';
import { tableBytes, WIDE_ARENA } from '../flash.ts';
import type { Cost } from '../relax.ts';

/** A kernel variant of one link, with what is asked of it for every architecture. */
export interface Candidate {
  readonly kernel: KernelVariant;
  /** How good it is in each way to choose kernels, while Flash costs nothing. */
  readonly scores: readonly number[];
  /** Equal for equal names. */
  readonly name: number;
  readonly readsPlanar: boolean;
  /** The names of all code that it needs, and their bytes. */
  readonly codes: readonly { readonly name: number; readonly bytes: number }[];
  readonly distinctNames: readonly number[];
  /** What it adds to the driver's tables, with arenas up to 64 kB and beyond. */
  readonly tables: { readonly narrow: number; readonly wide: number };
}

export interface Link {
  readonly id: number;
  readonly candidates: readonly Candidate[];
  /** For each activation input: how many operators back it was made; one more than there are for the model's input. */
  readonly inputs: readonly number[];
  readonly height: number;
  /** Bytes of one row of the output without padding. */
  readonly rowBytes: number;
  /** A variant writes planar rows and reads none. */
  readonly mayWritePlanar: boolean;
  /** The fewest bytes of constants that a candidate has. */
  readonly leastConstantBytes: number;
  /** The first of the fastest. */
  readonly fastest: Candidate;
  /** All code that its candidates could use, each name once. */
  readonly codeNames: readonly number[];
  /** The best candidate by way, by whether the output must be planar, by which of two inputs may be; or `UNKNOWN`. */
  readonly answers: Int8Array;
  /** What each candidate could be exchanged for, by candidate and whether the output is planar; empty where not asked yet. */
  readonly exchanges: (readonly Cost<number>[] | undefined)[];
}

export const WAYS = ways.length;
/** No candidate is -1. */
export const UNKNOWN = -2;

export interface Piece {
  readonly links: readonly Link[];
  readonly macs: number;
}

/** The pieces known for one core, without and with what is known of a board's kernels. */
const knownPieces = new Map<Core, Map<string, Piece>>();
const timedPieces = new WeakMap<KernelTiming, Map<Core, Map<string, Piece>>>();
const MOST_PIECES = 100_000;
/** Names of kernels and of shared code as numbers. */
const names = new Map<string, number>();
let links = 0;

/** The links of an architecture, from the first operator to the last; its multiply-accumulates; rows of its input. */
export interface Chain {
  readonly links: readonly Link[];
  readonly macs: number;
  readonly inputHeight: number;
  readonly inputRowBytes: number;
}

/** @throws StudioError `architecture.invalid`, `engine.unsupported-operator` */
export function chainOf(architecture: Architecture, core: Core, timing: KernelTiming | null): Chain {
  const known = piecesFor(core, timing);
  const keys = pieceKeys(architecture);
  let pieces = piecesOf(keys, known);
  if (pieces === null) {
    if (known.size > MOST_PIECES) known.clear();
    learn(architecture, core, timing, keys, known);
    pieces = piecesOf(keys, known);
  }
  const chain: Link[] = [];
  let macs = 0;
  for (const piece of pieces ?? []) {
    for (const link of piece.links) chain.push(link);
    macs += piece.macs;
  }
  const { height, width, channels } = architecture.input;
  return { links: chain, macs, inputHeight: height, inputRowBytes: width * channels };
}

function piecesFor(core: Core, timing: KernelTiming | null): Map<string, Piece> {
  let byCore = timing === null ? knownPieces : timedPieces.get(timing);
  if (byCore === undefined) byCore = new Map();
  if (timing !== null) timedPieces.set(timing, byCore);
  let known = byCore.get(core);
  if (known === undefined) byCore.set(core, (known = new Map()));
  return known;
}

function piecesOf(keys: readonly string[], known: ReadonlyMap<string, Piece>): Piece[] | null {
  const pieces: Piece[] = [];
  for (const key of keys) {
    const piece = known.get(key);
    if (piece === undefined) return null;
    pieces.push(piece);
  }
  return pieces;
}

/** One for each piece: all that its operators depend on. */
function pieceKeys({ input, stem, blocks, headChannels, classes }: Architecture): string[] {
  let height = Math.ceil(input.height / stem.strideH);
  let width = Math.ceil(input.width / stem.strideW);
  let { channels } = stem;
  const keys = [
    `s${input.height},${input.width},${input.channels},${stem.kernel},${stem.strideH},${stem.strideW},${channels}`,
  ];
  /** What makes the input ends with a ReLU6. */
  let clamped = 1;
  for (const block of blocks) {
    const { kernel, strideH, strideW } = block;
    keys.push(
      `${wayOf(block)},${height},${width},${channels},${clamped},${kernel},${strideH},${strideW},${block.channels}`,
    );
    height = Math.ceil(height / strideH);
    width = Math.ceil(width / strideW);
    ({ channels } = block);
    clamped = isInverted(block) ? 0 : 1;
  }
  if (headChannels !== null) {
    keys.push(`h${height},${width},${channels},${clamped},${headChannels}`);
    channels = headChannels;
    clamped = 1;
  }
  keys.push(`t${height},${width},${channels},${clamped},${classes}`);
  return keys;
}

const isInverted = (block: Block): block is InvertedResidual =>
  block.kind !== 'convolution' && block.kind !== 'residual';

/** What a block is, beside window, strides and channels. */
const wayOf = (block: Block): string =>
  isInverted(block) ? `b${block.expandedChannels},${block.residual ? 1 : 0}` : block.kind;

/** How many operators a block becomes. */
function operatorsOf(block: Block, channels: number): number {
  if (isInverted(block)) return (block.expandedChannels === channels ? 2 : 3) + (block.residual ? 1 : 0);
  if (block.kind === 'convolution') return 1;
  return block.strideH === 1 && block.strideW === 1 && block.channels === channels ? 3 : 4;
}

/** Makes the pieces that are not known, each in the smallest architecture that holds it. */
function learn(
  architecture: Architecture,
  core: Core,
  timing: KernelTiming | null,
  keys: readonly string[],
  known: Map<string, Piece>,
): void {
  validateArchitecture(architecture);
  const holders = holdersOf(architecture);
  keys.forEach((key, index) => {
    if (!known.has(key)) known.set(key, pieceOf(holders[index], core, timing));
  });
}

/** An architecture that holds a piece: it begins with operator `from` and is `count` long, or goes to the end. */
interface Holder {
  readonly architecture: Architecture;
  readonly from: number;
  readonly count: number;
}

/** In the order of `pieceKeys`. What comes before a piece only has to hand over rows like those in its place. */
function holdersOf({ input, stem, blocks, headChannels, classes }: Architecture): Holder[] {
  const rest = { name: 'piece', blocks: [], headChannels: null, classes };
  const holders: Holder[] = [{ architecture: { ...rest, input, stem }, from: 0, count: 1 }];
  let height = Math.ceil(input.height / stem.strideH);
  let width = Math.ceil(input.width / stem.strideW);
  let { channels } = stem;
  let before: InvertedResidual[] = [];
  const start = (): Omit<Architecture, 'headChannels'> => ({
    ...rest,
    input: { height, width, channels: 1 },
    stem: { channels, kernel: 3, strideH: 1, strideW: 1 },
    blocks: before,
  });
  const skipped = (): number => 1 + 2 * before.length;
  for (const block of blocks) {
    const architecture = { ...start(), blocks: [...before, block], headChannels: null };
    holders.push({ architecture, from: skipped(), count: operatorsOf(block, channels) });
    height = Math.ceil(height / block.strideH);
    width = Math.ceil(width / block.strideW);
    ({ channels } = block);
    const linear = {
      expandedChannels: channels,
      kernel: 3,
      strideH: 1,
      strideW: 1,
      channels,
      residual: false,
    } as const;
    // What ends with a ReLU6 hands over rows as a stem does.
    before = isInverted(block) ? [linear] : [];
  }
  if (headChannels !== null) {
    holders.push({ architecture: { ...start(), headChannels }, from: skipped(), count: 1 });
    channels = headChannels;
    before = [];
  }
  holders.push({ architecture: { ...start(), headChannels: null }, from: skipped(), count: Infinity });
  return holders;
}

function pieceOf({ architecture, from, count }: Holder, core: Core, timing: KernelTiming | null): Piece {
  const skeleton = skeletonOf(architecture);
  const made = new Set(skeleton.operators.slice(from, from + count).flatMap(({ outputs }) => outputs));
  const model = lowerFor(skeleton, core);
  const producers = new Map(model.operators.flatMap(({ outputs }, index) => outputs.map((id) => [id, index])));
  const operators = model.operators.filter(({ outputs }) => outputs.some((id) => made.has(id)));
  const first = model.operators.indexOf(operators[0]);
  return {
    links: operators.map((operator, place) => {
      const inputs = activationInputs(model, operator).map((id) => first + place - (producers.get(id) ?? -1));
      const variants = variantsOf(model, operator, core);
      if (variants.length === 0) throw unsupported(model, operator, from + place);
      return linkOf(model, operator, inputs, timing?.timed(variants) ?? variants);
    }),
    macs: operators.reduce((sum, operator) => sum + macsOf(model, operator), 0),
  };
}

function linkOf(model: Model, operator: Operator, inputs: readonly number[], variants: readonly KernelVariant[]): Link {
  const { height, width, channels } = rowShapeOf(tensorAt(model, operator.outputs[0] ?? -1));
  const candidates = variants.map((kernel) => candidateOf(kernel));
  return {
    id: links++,
    candidates,
    inputs,
    height,
    rowBytes: width * channels,
    mayWritePlanar: candidates.some(({ kernel, readsPlanar }) => kernel.writesPlanar && !readsPlanar),
    leastConstantBytes: Math.min(...variants.map(({ constantBytes }) => constantBytes)),
    fastest: candidates.reduce((best, candidate) => (candidate.kernel.cycles < best.kernel.cycles ? candidate : best)),
    codeNames: [...codeNamesOf(variants)].map(numberOf),
    answers: new Int8Array(2 * WAYS * 4).fill(UNKNOWN),
    exchanges: [],
  };
}

function candidateOf(kernel: KernelVariant): Candidate {
  const { name, codeBytes, sharedCode = [], inputLayouts } = kernel;
  return {
    kernel,
    scores: ways.map((prefer) => prefer(kernel, 0)),
    name: numberOf(name),
    readsPlanar: inputLayouts.some(({ kind }) => kind === 'planar'),
    codes: [{ name, bytes: codeBytes }, ...sharedCode].map((code) => ({ ...code, name: numberOf(code.name) })),
    distinctNames: [...codeNamesOf([kernel])].map(numberOf),
    tables: { narrow: tableBytes(kernel, 0), wide: tableBytes(kernel, WIDE_ARENA) },
  };
}

function numberOf(name: string): number {
  const known = names.get(name);
  if (known !== undefined) return known;
  names.set(name, names.size);
  return names.size - 1;
}

/** No number of a name is as large. */
export const namesKnown = (): number => names.size;
