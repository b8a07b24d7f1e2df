import type { Architecture, InvertedResidual, KernelSize } from '../architecture/index.ts';
import type { Random } from '../random/index.ts';
import { makeDivisible, type SearchSpace, type SearchStage } from './space.ts';

/** The choices made for one block. */
export interface BlockGene {
  readonly kernel: KernelSize;
  readonly expansion: number;
}

/** The choices made for one stage; `blocks` has an entry for each block up to the largest depth, active or not. */
export interface StageGene {
  readonly depth: number;
  readonly width: number;
  readonly blocks: readonly BlockGene[];
}

/** One point of a search space. */
export interface Genotype {
  readonly stages: readonly StageGene[];
}

const largest = (values: readonly number[]): number => Math.max(...values);
const smallest = (values: readonly number[]): number => Math.min(...values);

/** Each choice drawn evenly and independently, as the paper samples. */
export function sampleGenotype(space: SearchSpace, random: Random): Genotype {
  return {
    stages: space.stages.map((stage) => ({
      depth: random.pick(stage.depths),
      width: random.pick(stage.widths),
      blocks: Array.from({ length: largest(stage.depths) }, () => sampleBlock(stage, random)),
    })),
  };
}

const sampleBlock = (stage: SearchStage, random: Random): BlockGene => ({
  kernel: random.pick(stage.kernels),
  expansion: random.pick(stage.expansions),
});

function extreme(space: SearchSpace, choose: (values: readonly number[]) => number): Genotype {
  return {
    stages: space.stages.map((stage) => ({
      depth: choose(stage.depths),
      width: choose(stage.widths),
      blocks: Array.from({ length: largest(stage.depths) }, () => ({
        kernel: choose(stage.kernels) as KernelSize,
        expansion: choose(stage.expansions),
      })),
    })),
  };
}

/** The network whose weights every other one of the space inherits. */
export const largestGenotype = (space: SearchSpace): Genotype => extreme(space, largest);
export const smallestGenotype = (space: SearchSpace): Genotype => extreme(space, smallest);

/** What tells two genotypes apart as networks: choices of blocks that are not built do not count. */
export function genotypeKey(genotype: Genotype): string {
  return genotype.stages
    .map(({ depth, width, blocks }) => {
      const built = blocks.slice(0, depth).map(({ kernel, expansion }) => `k${kernel}e${expansion}`);
      return `${width === 1 ? '' : `w${width}:`}${built.join(',')}`;
    })
    .join('|');
}

/** The output channels of a stage. */
export const stageChannels = (stage: SearchStage, width: number): number =>
  width === 1 ? stage.channels : makeDivisible(stage.channels * width);

/** Spells a genotype out. The first block of a stage strides and changes channels; the others are residual. */
export function toArchitecture(space: SearchSpace, genotype: Genotype): Architecture {
  const blocks: InvertedResidual[] = [
    {
      expandedChannels: space.stem.channels,
      kernel: 3,
      strideH: 1,
      strideW: 1,
      channels: space.firstBlockChannels,
      residual: false,
    },
  ];
  let channels = space.firstBlockChannels;
  space.stages.forEach((stage, s) => {
    const gene = genotype.stages[s];
    const output = stageChannels(stage, gene.width);
    for (let b = 0; b < gene.depth; b++) {
      const strideH = b === 0 ? stage.strideH : 1;
      const strideW = b === 0 ? stage.strideW : 1;
      blocks.push({
        expandedChannels: makeDivisible(channels * gene.blocks[b].expansion),
        kernel: gene.blocks[b].kernel,
        strideH,
        strideW,
        channels: output,
        residual: strideH === 1 && strideW === 1 && channels === output,
      });
      channels = output;
    }
  });
  return {
    name: `${space.name}:${genotypeKey(genotype)}`,
    input: space.input,
    stem: space.stem,
    blocks,
    headChannels: space.headChannels,
    classes: space.classes,
  };
}

/** Redraws each choice with probability `rate` (the paper: 0.1). */
export function mutate(space: SearchSpace, parent: Genotype, rate: number, random: Random): Genotype {
  const maybe = <T>(kept: T, choicesOf: readonly T[]): T => (random.next() < rate ? random.pick(choicesOf) : kept);
  return {
    stages: space.stages.map((stage, s) => {
      const gene = parent.stages[s];
      return {
        depth: maybe(gene.depth, stage.depths),
        width: maybe(gene.width, stage.widths),
        blocks: gene.blocks.map(({ kernel, expansion }) => ({
          kernel: maybe(kernel, stage.kernels),
          expansion: maybe(expansion, stage.expansions),
        })),
      };
    }),
  };
}

/** Each choice from one parent or the other, evenly. */
export function crossover(a: Genotype, b: Genotype, random: Random): Genotype {
  const either = <T>(x: T, y: T): T => (random.next() < 0.5 ? x : y);
  return {
    stages: a.stages.map((gene, s) => {
      const other = b.stages[s];
      return {
        depth: either(gene.depth, other.depth),
        width: either(gene.width, other.width),
        blocks: gene.blocks.map((block, i) => ({
          kernel: either(block.kernel, other.blocks[i].kernel),
          expansion: either(block.expansion, other.blocks[i].expansion),
        })),
      };
    }),
  };
}

/** Whether every choice is one that the space offers. */
export function inSpace(space: SearchSpace, genotype: Genotype): boolean {
  return (
    genotype.stages.length === space.stages.length &&
    space.stages.every((stage, s) => {
      const gene = genotype.stages[s];
      return (
        stage.depths.includes(gene.depth) &&
        stage.widths.includes(gene.width) &&
        gene.blocks.length === largest(stage.depths) &&
        gene.blocks.every(
          ({ kernel, expansion }) => stage.kernels.includes(kernel) && stage.expansions.includes(expansion),
        )
      );
    })
  );
}

/** How many different networks the space holds. */
export function countNetworks(space: SearchSpace): number {
  return space.stages.reduce((product, { depths, kernels, expansions, widths }) => {
    const perBlock = kernels.length * expansions.length;
    return product * widths.length * depths.reduce((sum, depth) => sum + perBlock ** depth, 0);
  }, 1);
}
