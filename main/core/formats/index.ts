/** Model files in and out. */
export { readTflite } from './tflite/readTflite.ts';
export { readModel } from './readModel.ts';
export { readOnnx } from './onnx/readOnnx.ts';
export { writeTflite } from './tflite/writeTflite.ts';
export { SUPPORTED_OPERATORS } from './tflite/translate.ts';
