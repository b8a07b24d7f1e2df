/** Words of the Search screen: its charts, and why it recommends what it does. */
const en = {
  'search.spaces.spread': 'MACs of the networks that fit, by space',
  'search.spaces.legend':
    'Bars: from the first to the ninth tenth, darker the middle; line: mean; right: share that fits. Scale to {most} MACs.',
  'pareto.best': 'Most accurate within {limit}: {name}, {accuracy} at {latency}.',
  'pareto.none': 'No network is within {limit}.',
  'pareto.line': 'The line is the best accuracy at each latency, within the limits.',
  'search.limits': 'Limits of this search: {limits}',
  'reason.most-accurate': 'It is the most accurate network found that keeps every limit.',
  'reason.faster':
    'It is within {lost} points of the most accurate network that keeps every limit, and {saved} faster.',
  'reason.of-another-board':
    'It was found for {board}, keeps every limit here as well, and after training it is more accurate than what was found for this board: {accuracy} of validation samples, not {own}.',
  'latency.measured': 'Latency from measured cycles of {kernels} kernels on {board} (images: {images}).',
  'latency.counted': 'Latency from counted instructions of {kernels} kernels on {board} (images: {images}).',
  'latency.foretold': 'Each image is foretold from the others to {error}.',
  'latency.too-short': 'Latency is the planner’s estimate: the time is too short to measure kernels.',
  'latency.absent': 'Latency is the planner’s estimate: no {board} is plugged in.',
  'latency.failed': 'Latency is the planner’s estimate: measuring kernels failed.',
} as const;

const de: Readonly<Record<keyof typeof en, string>> = {
  'search.spaces.spread': 'MACs der passenden Netze, je Raum',
  'search.spaces.legend':
    'Balken: vom ersten bis zum neunten Zehntel, dunkler die Mitte; Strich: Mittel; rechts: Anteil, der passt. Skala bis {most} MACs.',
  'pareto.best': 'Am genauesten innerhalb von {limit}: {name}, {accuracy} bei {latency}.',
  'pareto.none': 'Kein Netz liegt innerhalb von {limit}.',
  'pareto.line': 'Die Linie ist die beste Genauigkeit je Latenz, innerhalb der Grenzen.',
  'search.limits': 'Grenzen dieser Suche: {limits}',
  'reason.most-accurate': 'Es ist das genaueste gefundene Netz, das jede Grenze einhält.',
  'reason.faster':
    'Ihm fehlen nur {lost} Punkte auf das genaueste Netz, das jede Grenze einhält, und es ist {saved} schneller.',
  'reason.of-another-board':
    'Es wurde für {board} gefunden, hält auch hier jede Grenze ein und ist nach dem Training genauer als das für dieses Board gefundene: {accuracy} der Validierungsproben statt {own}.',
  'latency.measured': 'Latenz aus gemessenen Takten von {kernels} Kernels auf {board} (Images: {images}).',
  'latency.counted': 'Latenz aus gezählten Befehlen von {kernels} Kernels auf {board} (Images: {images}).',
  'latency.foretold': 'Jedes Image ist aus den anderen auf {error} vorhergesagt.',
  'latency.too-short': 'Die Latenz schätzt der Planer: die Zeit reicht nicht, um Kernels zu messen.',
  'latency.absent': 'Die Latenz schätzt der Planer: kein {board} ist angesteckt.',
  'latency.failed': 'Die Latenz schätzt der Planer: das Messen der Kernels ist gescheitert.',
};

export const searchWords = { en, de };
