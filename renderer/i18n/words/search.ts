/** Words of the Search screen that came with its charts. */
const en = {
  'search.spaces.spread': 'MACs of the networks that fit, by space',
  'search.spaces.legend':
    'Bars: from the first to the ninth tenth, darker the middle; line: mean; right: share that fits. Scale to {most} MACs.',
  'pareto.best': 'Most accurate within {limit}: {name}, {accuracy} at {latency}.',
  'pareto.none': 'No network is within {limit}.',
  'pareto.line': 'The line is the best accuracy at each latency, within the limits.',
  'search.limits': 'Limits of this search: {limits}',
} as const;

const de: Readonly<Record<keyof typeof en, string>> = {
  'search.spaces.spread': 'MACs der passenden Netze, je Raum',
  'search.spaces.legend':
    'Balken: vom ersten bis zum neunten Zehntel, dunkler die Mitte; Strich: Mittel; rechts: Anteil, der passt. Skala bis {most} MACs.',
  'pareto.best': 'Am genauesten innerhalb von {limit}: {name}, {accuracy} bei {latency}.',
  'pareto.none': 'Kein Netz liegt innerhalb von {limit}.',
  'pareto.line': 'Die Linie ist die beste Genauigkeit je Latenz, innerhalb der Grenzen.',
  'search.limits': 'Grenzen dieser Suche: {limits}',
};

export const searchWords = { en, de };
