import type { StepName, StepRecord } from '../../main/contract/index.ts';
import type { Language } from './index.ts';

const german: Readonly<Record<StepName, string>> = {
  dataset: 'Datensatz öffnen',
  architecture: 'Netz wählen',
  latency: 'Kernels auf dem Board messen',
  space: 'Suchraum wählen',
  largest: 'Größtes Netz trainieren',
  supernet: 'Supernetz trainieren',
  evolve: 'Suchen',
  train: 'Netz trainieren',
  rounding: 'Prüfen, was int8 kostet',
  quantize: 'int8-Modell daraus machen',
  model: 'Modell lesen',
  compile: 'Speicher planen und C erzeugen',
  image: 'Firmware übersetzen und linken',
  judge: 'int8 mit float vergleichen',
  profile: 'Auf dem Board messen',
  evaluate: 'Auf dem Board auswerten',
  report: 'Bericht schreiben',
  models: 'Modelle übernehmen',
  preflight: 'Jede Zelle planen',
};

/** The titles of steps, in the languages that the service does not speak. */
const titles: Partial<Record<Language, Readonly<Record<string, string>>>> = { de: german };

/** A step as a window says it; one that is not known (of another version, or a lab session's cell) as it was recorded. */
export function stepTitle({ name, title, part }: StepRecord, language: Language): string {
  const known = titles[language];
  const [step = name, id] = name.split('@');
  if (known === undefined || !Object.hasOwn(known, step)) return title;
  const said = known[step] ?? title;
  return id === undefined ? said : `${said} (${part ?? id})`;
}
