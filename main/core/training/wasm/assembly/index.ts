// The kernels of the WASM training backend. Memory is the caller's; nothing here allocates.
export { multiply, multiplyTransposed } from './gemm';
export { pointwiseForward, pointwiseBackward } from './pointwise';
export { depthwiseScratch, depthwiseForward, depthwiseBackward } from './depthwise';
export {
  normalizeCoefficients,
  normalizeInference,
  normalizeApply,
  normalizeSums,
  normalizeBackward,
} from './normalize';
export { poolForward, poolBackward } from './pool';
export { loadSample, blankSample, gatherWindows } from './samples';
export { descend } from './update';
