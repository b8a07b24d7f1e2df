/** The words of the window. Keys are checked by the compiler in every other language. */
export const en = {
  'app.name': 'MCUNet Studio',

  'chart.view': 'View',
  'chart.view.chart': 'Chart',
  'chart.view.table': 'Table',
  'chart.empty': 'Nothing measured yet.',

  'pareto.title': 'Accuracy against latency',
  'pareto.latency': 'Latency',
  'pareto.accuracy': 'Accuracy',
  'pareto.network': 'Network',
  'pareto.fits': 'Within the limits',
  'pareto.fits.yes': 'yes',
  'pareto.fits.no': 'no',
  'pareto.limit': 'Latency limit',
  'pareto.limit.help': 'Drag, or use the arrow keys.',
  'pareto.recommended': 'recommended',

  'memory.title': 'Memory over time',
  'memory.buffer': 'Buffer',
  'memory.offset': 'Offset',
  'memory.bytes': 'Size',
  'memory.from': 'From step',
  'memory.to': 'To step',
  'memory.peak': 'Planned: {bytes}',
  'memory.step': 'Step',

  'layers.title': 'Time per layer',
  'layers.layer': 'Layer',
  'layers.kind': 'Operator',
  'layers.measured': 'Measured',
  'layers.predicted': 'Predicted',
  'layers.estimated': 'Estimated',
  'layers.share': 'Share',
  'layers.macs': 'MACs',

  'confusion.title': 'Confusion matrix',
  'confusion.caption': 'Rows: what it is. Columns: what the board said.',
  'confusion.actual': 'Actual',
  'confusion.predicted': 'Predicted',
} as const satisfies Record<string, string>;

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;
