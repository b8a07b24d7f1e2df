import type { StageName } from '../../../main/contract/index.ts';

type StageWords = Readonly<Record<`stage.${StageName | 'cell'}`, string>>;

/** What is under way within a step, or in a call that takes long. */
const en = {
  'stage.compiling': 'compile',
  'stage.downloading': 'download',
  'stage.drawing samples': 'draw samples',
  'stage.erasing': 'erase',
  'stage.evaluating': 'evaluate',
  'stage.greeting': 'hello',
  'stage.inferring': 'infer',
  'stage.interpreting': 'interpret',
  'stage.linking': 'link',
  'stage.measuring': 'measure',
  'stage.measuring kernels': 'measure the kernels',
  'stage.measuring layers': 'measure the layers',
  'stage.measuring spaces': 'measure the spaces',
  'stage.packing': 'pack',
  'stage.planning': 'plan',
  'stage.reading samples': 'read the samples',
  'stage.repeating': 'repeat',
  'stage.running samples': 'run the samples',
  'stage.searching': 'search',
  'stage.sending': 'send the input',
  'stage.training': 'train',
  'stage.training the supernet': 'train the supernet',
  'stage.unpacking': 'unpack',
  'stage.verifying': 'verify',
  'stage.writing': 'flash',
  'stage.cell': 'cell {at} of {count}',
} as const satisfies StageWords;

const de: StageWords = {
  'stage.compiling': 'übersetzen',
  'stage.downloading': 'herunterladen',
  'stage.drawing samples': 'Proben zeichnen',
  'stage.erasing': 'löschen',
  'stage.evaluating': 'auswerten',
  'stage.greeting': 'begrüßen',
  'stage.inferring': 'Antworten rechnen',
  'stage.interpreting': 'interpretieren',
  'stage.linking': 'binden',
  'stage.measuring': 'messen',
  'stage.measuring kernels': 'Kernels messen',
  'stage.measuring layers': 'Schichten messen',
  'stage.measuring spaces': 'Räume vermessen',
  'stage.packing': 'packen',
  'stage.planning': 'planen',
  'stage.reading samples': 'Proben lesen',
  'stage.repeating': 'wiederholen',
  'stage.running samples': 'Proben rechnen',
  'stage.searching': 'suchen',
  'stage.sending': 'Eingabe senden',
  'stage.training': 'trainieren',
  'stage.training the supernet': 'Supernetz trainieren',
  'stage.unpacking': 'auspacken',
  'stage.verifying': 'prüfen',
  'stage.writing': 'flashen',
  'stage.cell': 'Zelle {at} von {count}',
};

export const stageWords = { en, de };
