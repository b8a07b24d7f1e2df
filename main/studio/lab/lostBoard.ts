/**
 * Whether an error means that the board, its probe or its port is not there or does not answer: the next cell on it would
 * fail the same way. An image that a probe refuses or a fault of the firmware is the cell's own.
 */
export const isLostBoard = (code: string): boolean =>
  (code.startsWith('probe.') || code.startsWith('link.')) && !ownFaults.has(code);

const ownFaults: ReadonlySet<string> = new Set([
  'link.answer-too-short',
  'link.fault',
  'link.model-failed',
  'link.not-profiled',
  'link.wrong-input-size',
]);
