import { PLAIN_SIMD, RELAXED_SIMD } from './kernels.generated.ts';

/** An address in the kernels' memory, in bytes; 0 stands for none. */
export type Address = number;

/** The exports of `assembly/index.ts`; the sources say what they do. */
export interface Kernels {
  pointwiseForward(
    ...a: [
      input: Address,
      scale: Address,
      shift: Address,
      weights: Address,
      z: Address,
      m: number,
      k: number,
      n: number,
      statistics: Address,
      scratch: Address,
    ]
  ): void;
  pointwiseBackward(
    ...a: [
      g: Address,
      z: Address,
      a: Address,
      b: Address,
      d: Address,
      input: Address,
      scale: Address,
      shift: Address,
      weights: Address,
      weightGradient: Address,
      inputGradient: Address,
      residual: Address,
      sums: Address,
      m: number,
      k: number,
      n: number,
      scratch: Address,
    ]
  ): void;
  convolveForward(
    ...a: [
      input: Address,
      weights: Address,
      z: Address,
      batch: number,
      ...geometry: WindowGeometry,
      n: number,
      statistics: Address,
      scratch: Address,
    ]
  ): void;
  convolveBackward(
    ...a: [
      g: Address,
      z: Address,
      a: Address,
      b: Address,
      d: Address,
      input: Address,
      weights: Address,
      weightGradient: Address,
      inputGradient: Address,
      residual: Address,
      batch: number,
      ...geometry: WindowGeometry,
      n: number,
      scratch: Address,
    ]
  ): void;
  depthwiseScratch(...geometry: WindowGeometry): number;
  depthwiseForward(
    ...a: [
      input: Address,
      scale: Address,
      shift: Address,
      weights: Address,
      z: Address,
      batch: number,
      ...geometry: WindowGeometry,
      statistics: Address,
      scratch: Address,
    ]
  ): void;
  depthwiseBackward(
    ...a: [
      g: Address,
      z: Address,
      a: Address,
      b: Address,
      d: Address,
      input: Address,
      scale: Address,
      shift: Address,
      weights: Address,
      weightGradient: Address,
      inputGradient: Address,
      residual: Address,
      sums: Address,
      batch: number,
      ...geometry: WindowGeometry,
      scratch: Address,
    ]
  ): void;
  normalizeCoefficients(
    ...a: [
      statistics: Address,
      count: number,
      gamma: Address,
      beta: Address,
      channels: number,
      epsilon: number,
      scale: Address,
      shift: Address,
      mean: Address,
      inverse: Address,
      batch: Address,
    ]
  ): void;
  normalizeInference(
    ...a: [
      mean: Address,
      variance: Address,
      gamma: Address,
      beta: Address,
      channels: number,
      epsilon: number,
      scale: Address,
      shift: Address,
    ]
  ): void;
  normalizeApply(
    ...a: [
      z: Address,
      scale: Address,
      shift: Address,
      residual: Address,
      activated: number,
      y: Address,
      rows: number,
      channels: number,
    ]
  ): void;
  maskGradient(...a: [dy: Address, y: Address, count: number]): void;
  normalizeSums(
    ...a: [
      dy: Address,
      z: Address,
      scale: Address,
      shift: Address,
      activated: number,
      rows: number,
      channels: number,
      sums: Address,
    ]
  ): void;
  normalizeBackward(
    ...a: [
      sums: Address,
      mean: Address,
      inverse: Address,
      gamma: Address,
      count: number,
      channels: number,
      a: Address,
      b: Address,
      d: Address,
      gammaGradient: Address,
      betaGradient: Address,
    ]
  ): void;
  poolForward(
    ...a: [z: Address, scale: Address, shift: Address, output: Address, batch: number, pixels: number, channels: number]
  ): void;
  poolBackward(
    ...a: [
      gradient: Address,
      z: Address,
      scale: Address,
      shift: Address,
      output: Address,
      batch: number,
      pixels: number,
      channels: number,
      sums: Address,
    ]
  ): void;
  loadSample(
    ...a: [
      bytes: Address,
      output: Address,
      height: number,
      width: number,
      channels: number,
      shiftY: number,
      shiftX: number,
      mirror: number,
      gain: number,
      offset: number,
    ]
  ): void;
  blankSample(
    ...a: [sample: Address, width: number, channels: number, top: number, left: number, rows: number, columns: number]
  ): void;
  gatherWindows(
    ...a: [
      x: Address,
      rows: Address,
      batch: number,
      height: number,
      width: number,
      channels: number,
      kernel: number,
      strideH: number,
      strideW: number,
      top: number,
      left: number,
      outputHeight: number,
      outputWidth: number,
      pitch: number,
    ]
  ): void;
  descend(
    ...a: [
      weights: Address,
      gradients: Address,
      velocities: Address,
      count: number,
      rate: number,
      momentum: number,
      decay: number,
      gain: number,
    ]
  ): void;
}

/** Input, channels, window, and output of a convolution. */
export type WindowGeometry = [
  height: number,
  width: number,
  channels: number,
  kernel: number,
  strideH: number,
  strideW: number,
  top: number,
  left: number,
  outputHeight: number,
  outputWidth: number,
];

export type KernelBuild = 'plain' | 'relaxed';

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const modules = new Map<KernelBuild, WebAssembly.Module>();

/** The fastest build that this engine accepts. */
export const bestBuild = (): KernelBuild => (WebAssembly.validate(decode(RELAXED_SIMD)) ? 'relaxed' : 'plain');

/** An instance of the kernels over a memory of its own. */
export function instantiateKernels(memory: WebAssembly.Memory, build: KernelBuild = bestBuild()): Kernels {
  let module = modules.get(build);
  if (module === undefined) {
    module = new WebAssembly.Module(decode(build === 'relaxed' ? RELAXED_SIMD : PLAIN_SIMD));
    modules.set(build, module);
  }
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return exports as unknown as Kernels;
}
