export { calibrationSchema, summaryOf, tableOf, worstErrorOf, type Calibration } from './calibration.ts';
export { calibrationKey } from './engineVersion.ts';
export { MOST_SECONDS } from './measureKernels.ts';
export { calibrate, keepCalibration, storedCalibration, type CalibrateOptions } from './tables.ts';
