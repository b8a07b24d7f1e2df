import type { Architecture, InputShape, InvertedResidual, KernelSize } from './architecture.ts';
import { architectureCost } from './cost.ts';
import { samePadding } from './layers.ts';

/** What a default architecture may cost at most. */
export interface ArchitectureBudget {
  /** Multiply-accumulates of one inference. */
  readonly macs: number;
  /** Int8 kernels and int32 biases of the model, in bytes; no limit where absent. */
  readonly modelBytes?: number;
}

interface Stage {
  readonly channels: number;
  readonly expansion: number;
  readonly kernel: KernelSize;
  readonly depth: number;
  /** Whether the stage halves the picture, if the picture is still large enough. */
  readonly halves: boolean;
}

/** MobileNetV2's proportions, shortened for small pictures and short trainings. */
const STAGES: readonly Stage[] = [
  { channels: 16, expansion: 1, kernel: 3, depth: 1, halves: false },
  { channels: 24, expansion: 4, kernel: 3, depth: 2, halves: true },
  { channels: 40, expansion: 4, kernel: 3, depth: 3, halves: true },
  { channels: 80, expansion: 4, kernel: 3, depth: 2, halves: true },
];
const HEAD_CHANNELS = 192;
/** Below this many rows or columns a stage does not halve any more. */
const SMALLEST_HALVED = 8;

const divisibleBy8 = (channels: number): number => Math.max(8, Math.round(channels / 8) * 8);

function scaled(shape: InputShape, classes: number, width: number, stemStride: boolean): Architecture {
  let { height, width: columns } = shape;
  const halving = (wanted: boolean): { strideH: number; strideW: number } => {
    const strideH = wanted && height >= SMALLEST_HALVED ? 2 : 1;
    const strideW = wanted && columns >= SMALLEST_HALVED ? 2 : 1;
    height = samePadding(height, 3, strideH).output;
    columns = samePadding(columns, 3, strideW).output;
    return { strideH, strideW };
  };
  const stemChannels = divisibleBy8(24 * width);
  const stem = { channels: stemChannels, kernel: 3 as const, ...halving(stemStride) };
  let channels = stemChannels;
  const blocks: InvertedResidual[] = [];
  for (const stage of STAGES) {
    const out = divisibleBy8(stage.channels * width);
    for (let i = 0; i < stage.depth; i++) {
      const strides = halving(stage.halves && i === 0);
      blocks.push({
        expandedChannels: channels * stage.expansion,
        kernel: stage.kernel,
        ...strides,
        channels: out,
        residual: strides.strideH === 1 && strides.strideW === 1 && out === channels,
      });
      channels = out;
    }
  }
  return {
    name: `default-${shape.height}x${shape.width}x${shape.channels}-w${width.toFixed(2)}`,
    input: shape,
    stem,
    blocks,
    headChannels: divisibleBy8(HEAD_CHANNELS * Math.max(1, width)),
    classes,
  };
}

/**
 * A MobileNetV2-like architecture for an input and a number of classes: the widest one that stays within the budget.
 * The stem halves pictures larger than 32 pixels. Where even the narrowest costs more, the narrowest is returned, and
 * the caller's own limits decide.
 */
export function defaultArchitecture(shape: InputShape, classes: number, budget: ArchitectureBudget): Architecture {
  const stemStride = Math.max(shape.height, shape.width) > 32;
  let best = scaled(shape, classes, 0.25, stemStride);
  for (let width = 0.3; width <= 2.001; width += 0.05) {
    const candidate = scaled(shape, classes, width, stemStride);
    const cost = architectureCost(candidate);
    if (cost.macs <= budget.macs && cost.modelBytes <= (budget.modelBytes ?? Infinity)) best = candidate;
  }
  return best;
}
