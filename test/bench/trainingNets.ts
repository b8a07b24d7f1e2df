import type { Architecture, KernelSize } from '../../main/core/architecture/index.ts';

/** Output channels, expansion, kernel, stride. */
type Block = readonly [number, number, KernelSize, number];

function net(
  name: string,
  size: number,
  stem: readonly [number, number],
  blocks: readonly Block[],
  head: number,
): Architecture {
  let channels = stem[0];
  return {
    name,
    input: { height: size, width: size, channels: 3 },
    stem: { channels, kernel: 3, strideH: stem[1], strideW: stem[1] },
    blocks: blocks.map(([to, expansion, kernel, stride]) => {
      const residual = stride === 1 && to === channels;
      const expandedChannels = channels * expansion;
      channels = to;
      return { expandedChannels, kernel, strideH: stride, strideW: stride, channels, residual };
    }),
    headChannels: head,
    classes: 10,
  };
}

const SMALL: readonly Block[] = [
  [16, 1, 3, 1],
  [16, 3, 3, 1],
  [32, 4, 5, 2],
  [32, 4, 5, 1],
  [40, 4, 5, 2],
  [40, 4, 5, 1],
];
const LARGE: readonly Block[] = [
  [16, 1, 3, 1],
  [24, 4, 3, 2],
  [24, 4, 3, 1],
  [40, 4, 3, 2],
  [40, 4, 3, 1],
];

/** Networks of 2.19, 2.71 and 6.40 million multiply-accumulates. */
export const BENCH_NETS: readonly Architecture[] = [
  net('A28', 28, [16, 2], SMALL, 160),
  net('A32', 32, [16, 2], SMALL, 160),
  net('B32', 32, [24, 1], LARGE, 128),
];
