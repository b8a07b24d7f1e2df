/** Scale and zero point of an int8 tensor. */
export interface Int8Scale {
  readonly scale: number;
  readonly zeroPoint: number;
}

/**
 * How the int8 model of a network rounds its activations: for each convolution, in the order of execution, the tensor
 * that the next layer reads (with the residual added where there is one). Kernels need no entry: each output channel is
 * rounded to 127 steps of its largest weight.
 */
export interface Int8Rounding {
  readonly activations: readonly Int8Scale[];
}

/** Rounds numbers to the values that an int8 tensor can hold, in place. */
export function roundToInt8(values: Float32Array, { scale, zeroPoint }: Int8Scale): void {
  const [low, high, perStep] = [-128 - zeroPoint, 127 - zeroPoint, 1 / scale];
  for (let i = 0; i < values.length; i++) {
    const step = Math.round(values[i] * perStep);
    values[i] = scale * (step < low ? low : step > high ? high : step);
  }
}

/**
 * Rounds a kernel to what its int8 form stands for, in place: output channel by output channel, −127 … 127 steps. The
 * factors by which batch norm scales channels change nothing in that, so the kernel need not be folded for it.
 *
 * @param columns output channels, the last axis, as they lie in memory
 */
export function roundKernel(kernel: Float32Array, columns: number): void {
  const largest = new Float32Array(columns);
  for (let at = 0; at < kernel.length; at += columns)
    for (let c = 0; c < columns; c++) largest[c] = Math.max(largest[c], Math.abs(kernel[at + c]));
  for (let at = 0; at < kernel.length; at += columns) {
    for (let c = 0; c < columns; c++) {
      if (largest[c] === 0) continue;
      const scale = largest[c] / 127;
      kernel[at + c] = scale * Math.round(kernel[at + c] / scale);
    }
  }
}
