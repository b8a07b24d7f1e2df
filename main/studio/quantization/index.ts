export { quantize } from './quantize.ts';
