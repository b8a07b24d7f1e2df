export { quantize, type Quantized } from './quantize.ts';
