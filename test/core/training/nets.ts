import type { Architecture } from '../../../main/core/architecture/index.ts';

/** Small networks that between them reach every kernel: each window with each stride, odd sizes and channel counts. */
export const NETS: readonly Architecture[] = [
  {
    name: 'square, residuals, head',
    input: { height: 12, width: 12, channels: 3 },
    stem: { channels: 16, kernel: 3, strideH: 1, strideW: 1 },
    blocks: [
      { expandedChannels: 16, kernel: 3, strideH: 1, strideW: 1, channels: 16, residual: true },
      { expandedChannels: 48, kernel: 7, strideH: 2, strideW: 2, channels: 24, residual: false },
      { expandedChannels: 72, kernel: 5, strideH: 1, strideW: 1, channels: 24, residual: true },
      { expandedChannels: 72, kernel: 5, strideH: 2, strideW: 2, channels: 32, residual: false },
      { expandedChannels: 64, kernel: 7, strideH: 1, strideW: 1, channels: 32, residual: true },
      { expandedChannels: 96, kernel: 3, strideH: 2, strideW: 2, channels: 32, residual: false },
    ],
    headChannels: 64,
    classes: 10,
  },
  {
    name: 'long, one channel, odd channel counts, no head',
    input: { height: 19, width: 7, channels: 1 },
    stem: { channels: 6, kernel: 5, strideH: 2, strideW: 1 },
    blocks: [
      { expandedChannels: 6, kernel: 3, strideH: 1, strideW: 1, channels: 5, residual: false },
      { expandedChannels: 15, kernel: 5, strideH: 2, strideW: 1, channels: 9, residual: false },
      { expandedChannels: 27, kernel: 3, strideH: 1, strideW: 1, channels: 9, residual: true },
      { expandedChannels: 18, kernel: 7, strideH: 1, strideW: 2, channels: 11, residual: false },
    ],
    headChannels: null,
    classes: 3,
  },
  {
    name: 'large strides, five-by-five stem',
    input: { height: 23, width: 26, channels: 2 },
    stem: { channels: 8, kernel: 5, strideH: 3, strideW: 2 },
    blocks: [
      { expandedChannels: 24, kernel: 3, strideH: 1, strideW: 3, channels: 8, residual: false },
      { expandedChannels: 16, kernel: 7, strideH: 4, strideW: 1, channels: 8, residual: false },
      { expandedChannels: 16, kernel: 5, strideH: 2, strideW: 4, channels: 12, residual: false },
    ],
    headChannels: 7,
    classes: 2,
  },
  {
    name: 'general convolutions, residual blocks with and without a shortcut of their own',
    input: { height: 11, width: 14, channels: 3 },
    stem: { channels: 10, kernel: 3, strideH: 1, strideW: 1 },
    blocks: [
      { kind: 'residual', kernel: 3, strideH: 1, strideW: 1, channels: 10 },
      { kind: 'residual', kernel: 3, strideH: 2, strideW: 2, channels: 12 },
      { kind: 'residual', kernel: 5, strideH: 1, strideW: 2, channels: 12 },
      { kind: 'convolution', kernel: 3, strideH: 2, strideW: 1, channels: 7 },
      { kind: 'residual', kernel: 3, strideH: 1, strideW: 1, channels: 9 },
      { expandedChannels: 18, kernel: 3, strideH: 1, strideW: 1, channels: 9, residual: true },
      { kind: 'convolution', kernel: 5, strideH: 1, strideW: 1, channels: 8 },
    ],
    headChannels: null,
    classes: 4,
  },
];
