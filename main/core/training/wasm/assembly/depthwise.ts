// Depthwise convolutions 3×3, 5×5, 7×7, forward and backward, four channels of one sample at a time: the block is laid
// out densely with its padding (a few kilobytes that stay in the cache), then worked on row by row. The batch runs
// outside and the channels inside, so that memory is read in order.
//
// `scale`, `shift`: as in pointwise.ts, the batch norm and ReLU6 that the input still needs; 0 for none.
import { correlateRow } from './correlateRow';
import { filterGradient } from './filterGradient';
import { scatterRow, spreadRows } from './spread';
import { accumulate, clear, fma, passed, relu6, zeros, V } from './simd';

/** Zeros on either side of a row of dz, for the backward pass with strides. */
const MARGIN: i32 = 3;

/** Vectors behind an image or a row that whole tiles may touch (`correlateRow` works by eights and fours). */
const SLACK: i32 = 24;

/** Rows or columns of the padded input. */
// @ts-ignore: decorator
@inline
function padded(size: i32, before: i32, output: i32, kernel: i32, stride: i32): i32 {
  return max((output - 1) * stride + kernel, size + before);
}

/** Bytes of scratch that either pass needs. */
export function depthwiseScratch(
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
): usize {
  const rows = padded(height, top, outputHeight, kernel, strideH);
  const columns = padded(width, left, outputWidth, kernel, strideW);
  const gradient = (height + kernel) * (width + kernel + 2 * MARGIN);
  const row = columns + 2 * (kernel + MARGIN + strideW);
  return <usize>(rows * columns + gradient + row + 4 * SLACK) * V + <usize>(2 * kernel * kernel * channels) * 4;
}

/** One block of four channels of one sample, activated, into the middle of the padded image. */
function layOut(
  input: usize,
  scale: usize,
  shift: usize,
  image: usize,
  pitch: usize,
  height: i32,
  width: i32,
  channelPitch: usize,
): void {
  if (scale) {
    const s = v128.load(scale);
    const h = v128.load(shift);
    for (; height > 0; height--, image += pitch) {
      let to = image;
      for (let x = width; x > 0; x--, to += V, input += channelPitch) {
        v128.store(to, relu6(fma(v128.load(input), s, h)));
      }
    }
  } else {
    for (; height > 0; height--, image += pitch) {
      let to = image;
      for (let x = width; x > 0; x--, to += V, input += channelPitch) v128.store(to, v128.load(input));
    }
  }
}

/** Kernels [k·k, channels] to blocks of four channels [channels/4, k·k, 4], in reverse order where `flipped`. */
function layOutTaps(weights: usize, taps: usize, area: i32, channels: i32, flipped: bool): void {
  for (let c = 0; c < channels; c += 4) {
    for (let i = 0; i < area; i++, taps += V) {
      const from = flipped ? area - 1 - i : i;
      v128.store(taps, v128.load(weights + ((<usize>(from * channels + c)) << 2)));
    }
  }
}

/** `statistics` (2·channels; 0 for none) receives Σz and Σz² of each channel. */
export function depthwiseForward(
  input: usize,
  scale: usize,
  shift: usize,
  weights: usize,
  z: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
  statistics: usize,
  scratch: usize,
): void {
  const rows = padded(height, top, outputHeight, kernel, strideH);
  const columns = padded(width, left, outputWidth, kernel, strideW);
  const pitch = (<usize>columns) * V;
  const image = scratch;
  const row = image + (<usize>rows) * pitch + SLACK * V;
  const taps = row + <usize>(outputWidth + SLACK) * V;
  const area = kernel * kernel;
  const channelPitch = (<usize>channels) << 2;
  const inside = image + (<usize>top) * pitch + (<usize>left) * V;
  const rowStep = (<usize>strideH) * pitch;

  clear(image, rows * columns * 4);
  layOutTaps(weights, taps, area, channels, false);
  if (statistics) clear(statistics, 2 * channels);
  for (; batch > 0; batch--) {
    for (let c: usize = 0; c < channelPitch; c += V) {
      layOut(input + c, scale ? scale + c : 0, shift + c, inside, pitch, height, width, channelPitch);
      let sum = zeros();
      let squares = zeros();
      let to = z + c;
      for (let y = 0; y < outputHeight; y++) {
        correlateRow(
          image + (<usize>y) * rowStep,
          pitch,
          taps + c * (<usize>area),
          row,
          outputWidth,
          kernel,
          strideW,
        );
        let from = row;
        for (let x = outputWidth; x > 0; x--, from += V, to += channelPitch) {
          const value = v128.load(from);
          v128.store(to, value);
          sum = f32x4.add(sum, value);
          squares = fma(value, value, squares);
        }
      }
      if (statistics) {
        accumulate(statistics + c, sum);
        accumulate(statistics + channelPitch + c, squares);
      }
    }
    input += (<usize>(height * width)) * channelPitch;
    z += (<usize>(outputHeight * outputWidth)) * channelPitch;
  }
}

/**
 * From the gradient `g` after this layer's batch norm (dz = g·a + z·b + d): the kernel's gradient and, unless
 * `inputGradient` is 0, the input's; masked with `sums`, or with `residual` added, as in pointwise.ts.
 */
export function depthwiseBackward(
  g: usize,
  z: usize,
  a: usize,
  b: usize,
  d: usize,
  input: usize,
  scale: usize,
  shift: usize,
  weights: usize,
  weightGradient: usize,
  inputGradient: usize,
  residual: usize,
  sums: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  strideH: i32,
  strideW: i32,
  top: i32,
  left: i32,
  outputHeight: i32,
  outputWidth: i32,
  scratch: usize,
): void {
  const rows = padded(height, top, outputHeight, kernel, strideH);
  const columns = padded(width, left, outputWidth, kernel, strideW);
  const area = kernel * kernel;
  const channelPitch = (<usize>channels) << 2;
  // Without strides the input's gradient is a correlation of dz, padded, with the flipped kernel.
  const dense = strideH === 1 && strideW === 1;
  const aboveDz = dense ? kernel - 1 - top : 0;
  const beforeDz = dense ? kernel - 1 - left : MARGIN;
  const dzRows = dense ? height + kernel - 1 : outputHeight;
  const dzColumns = dense ? width + kernel - 1 : outputWidth + 2 * MARGIN;

  const pitch = (<usize>columns) * V;
  const dzPitch = (<usize>dzColumns) * V;
  const image = scratch;
  const dz = image + (<usize>rows) * pitch + SLACK * V;
  const row = dz + (<usize>dzRows) * dzPitch + SLACK * V;
  const rowLength = columns + 2 * (kernel + MARGIN + strideW);
  const taps = row + <usize>(rowLength + SLACK) * V;
  const tapGradients = taps + (<usize>area) * channelPitch;
  const inside = image + (<usize>top) * pitch + (<usize>left) * V;
  const insideDz = dz + (<usize>aboveDz) * dzPitch + (<usize>beforeDz) * V;

  clear(image, rows * columns * 4);
  clear(dz, dzRows * dzColumns * 4);
  clear(tapGradients, area * channels);
  layOutTaps(weights, taps, area, channels, dense);
  if (scale && inputGradient) clear(sums, 2 * channels);
  for (; batch > 0; batch--) {
    for (let c: usize = 0; c < channelPitch; c += V) {
      layOut(input + c, scale ? scale + c : 0, shift + c, inside, pitch, height, width, channelPitch);
      const slope = v128.load(a + c);
      const curve = v128.load(b + c);
      const rest = v128.load(d + c);
      let from = c;
      for (let y = 0; y < outputHeight; y++) {
        let to = insideDz + (<usize>y) * dzPitch;
        for (let x = outputWidth; x > 0; x--, to += V, from += channelPitch) {
          v128.store(to, fma(v128.load(g + from), slope, fma(v128.load(z + from), curve, rest)));
        }
      }
      filterGradient(
        image,
        (<usize>strideH) * pitch,
        pitch,
        (<usize>strideW) * V,
        insideDz,
        dzPitch,
        outputHeight,
        outputWidth,
        tapGradients + c * (<usize>area),
        kernel,
      );
      if (!inputGradient) continue;

      const blockTaps = taps + c * (<usize>area);
      let sum = zeros();
      let products = zeros();
      let at = c;
      for (let y = 0; y < height; y++) {
        let result = row;
        if (dense) {
          correlateRow(dz + (<usize>y) * dzPitch, dzPitch, blockTaps, row, width, kernel, 1);
        } else {
          // Of the kernel's rows those take part that meet this input row: every strideH-th.
          const above = y + top;
          const firstKy = max(above % strideH, above - (outputHeight - 1) * strideH);
          const lastKy = min(kernel - 1, above);
          if (strideW === 2 && firstKy <= lastKy) {
            spreadRows(
              row,
              insideDz + (<usize>((above - firstKy) / strideH)) * dzPitch,
              dzPitch,
              blockTaps + (<usize>(firstKy * kernel)) * V,
              (<usize>(strideH * kernel)) * V,
              (lastKy - firstKy) / strideH + 1,
              (columns + 1) >> 1,
              kernel,
            );
          } else {
            clear(row, rowLength * 4);
            for (let ky = firstKy; ky <= lastKy; ky += strideH) {
              const dzRow = insideDz + (<usize>((above - ky) / strideH)) * dzPitch;
              scatterRow(row, dzRow, blockTaps + (<usize>(ky * kernel)) * V, outputWidth, kernel, strideW);
            }
          }
          result += (<usize>left) * V;
        }
        if (scale) {
          let activated = inside + (<usize>y) * pitch;
          for (let x = width; x > 0; x--, result += V, activated += V, at += channelPitch) {
            const value = passed(v128.load(result), v128.load(activated));
            v128.store(inputGradient + at, value);
            sum = f32x4.add(sum, value);
            products = fma(value, v128.load(input + at), products);
          }
        } else if (residual) {
          for (let x = width; x > 0; x--, result += V, at += channelPitch) {
            v128.store(inputGradient + at, f32x4.add(v128.load(result), v128.load(residual + at)));
          }
        } else {
          for (let x = width; x > 0; x--, result += V, at += channelPitch) {
            v128.store(inputGradient + at, v128.load(result));
          }
        }
      }
      if (scale) {
        accumulate(sums + c, sum);
        accumulate(sums + channelPitch + c, products);
      }
    }
    const inputBytes = (<usize>(height * width)) * channelPitch;
    const outputBytes = (<usize>(outputHeight * outputWidth)) * channelPitch;
    input += inputBytes;
    if (inputGradient) inputGradient += inputBytes;
    if (residual) residual += inputBytes;
    g += outputBytes;
    z += outputBytes;
  }
  for (let c = 0, from = tapGradients; c < channels; c += 4) {
    for (let i = 0; i < area; i++, from += V) {
      v128.store(weightGradient + ((<usize>(i * channels + c)) << 2), v128.load(from));
    }
  }
}
