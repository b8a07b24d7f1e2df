// The kernels of the WASM training backend. Memory is the caller's; nothing here allocates.
export { multiply, multiplyTransposed } from './gemm';
// Not for callers: see tiles.ts.
export { tile6x8, tile6x4, tile5x8, tile5x4 } from './tiles';
export { outer6x8, outer6x4, outer5x8, outer5x4, outer4x8, outer4x4 } from './outerTiles';
export { pointwiseForward, pointwiseBackward } from './pointwise';
export { convolveForward, convolveBackward } from './convolution';
export { correlate3s1by8, correlate3s1by4, correlate3s2by8, correlate3s2by4 } from './correlate3';
export { correlate5s1by8, correlate5s1by4, correlate5s2by8, correlate5s2by4 } from './correlate5';
export { correlate7s1by8, correlate7s1by4, correlate7s2by8, correlate7s2by4 } from './correlate7';
export { filterGradient3, filterGradient5, filterGradient7 } from './filterGradient';
export { spread3, spread5, spread7 } from './spread';
export { depthwiseScratch, depthwiseForward, depthwiseBackward } from './depthwise';
export {
  normalizeCoefficients,
  normalizeInference,
  normalizeApply,
  maskGradient,
  normalizeSums,
  normalizeBackward,
} from './normalize';
export { poolForward, poolBackward } from './pool';
export { loadSample, blankSample, gatherWindows } from './samples';
export { descend } from './update';
