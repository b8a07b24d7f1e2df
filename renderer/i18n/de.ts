import type { Messages } from './en.ts';

export const de: Messages = {
  'app.name': 'MCUNet Studio',

  'chart.view': 'Ansicht',
  'chart.view.chart': 'Diagramm',
  'chart.view.table': 'Tabelle',
  'chart.empty': 'Noch nichts gemessen.',

  'pareto.title': 'Genauigkeit und Laufzeit',
  'pareto.latency': 'Laufzeit',
  'pareto.accuracy': 'Genauigkeit',
  'pareto.network': 'Netz',
  'pareto.fits': 'Innerhalb der Grenzen',
  'pareto.fits.yes': 'ja',
  'pareto.fits.no': 'nein',
  'pareto.limit': 'Grenze der Laufzeit',
  'pareto.limit.help': 'Ziehen oder mit den Pfeiltasten verschieben.',
  'pareto.recommended': 'empfohlen',

  'memory.title': 'Speicher im Zeitverlauf',
  'memory.buffer': 'Puffer',
  'memory.offset': 'Versatz',
  'memory.bytes': 'Größe',
  'memory.from': 'Ab Schritt',
  'memory.to': 'Bis Schritt',
  'memory.peak': 'Geplant: {bytes}',
  'memory.step': 'Schritt',

  'layers.title': 'Zeit je Schicht',
  'layers.layer': 'Schicht',
  'layers.kind': 'Operator',
  'layers.measured': 'Gemessen',
  'layers.predicted': 'Vorhergesagt',
  'layers.estimated': 'Geschätzt',
  'layers.share': 'Anteil',
  'layers.macs': 'MACs',

  'confusion.title': 'Konfusionsmatrix',
  'confusion.caption': 'Zeilen: was es ist. Spalten: was das Board sagte.',
  'confusion.actual': 'Tatsächlich',
  'confusion.predicted': 'Vorhergesagt',
};
