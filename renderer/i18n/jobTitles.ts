import type { JobParams } from '../../main/contract/index.ts';
import type { Language } from './index.ts';

/** A path's last part. */
const baseName = (path: string): string => path.split(/[/\\]/).findLast((part) => part !== '') ?? path;

const modelName = (path: string): string => baseName(path).replace(/\.(tflite|onnx)$/, '');

/** Drawn datasets, as one speaks of working with them. */
const drawn: Readonly<Record<string, string>> = {
  'road-signs': 'Verkehrszeichen',
  sounds: 'Geräuschen',
  motions: 'Bewegungen',
};

/** For people: without the options of a drawn dataset. */
function datasetName(spec: string): string {
  if (!spec.startsWith('generated:')) return baseName(spec);
  const [name = spec] = spec.slice('generated:'.length).split('?');
  return drawn[name] ?? name;
}

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function german(params: JobParams): string {
  switch (params.kind) {
    case 'demo': {
      const { dataset = 'generated:road-signs', boardId } = params;
      return `Demo mit ${datasetName(dataset)}${boardId === undefined ? '' : ` auf ${boardId}`}`;
    }
    case 'train':
      return `Training mit ${datasetName(params.dataset)} für ${params.boardId}`;
    case 'search':
      return `Suche mit ${datasetName(params.dataset)} für ${params.boardId}`;
    case 'bench': {
      const { title, models, boards } = params.matrix;
      const what = `${counted(models.length, 'Modell', 'Modelle')} × ${counted(boards.length, 'Board', 'Boards')}`;
      return title ?? `Labor: ${what}`;
    }
    case 'build':
      return `${modelName(params.model)} für ${params.boardId} gebaut${how(params)}`;
    case 'profile':
      return `${modelName(params.model)} auf ${params.boardId} gemessen${how(params)}`;
    case 'evaluate':
      return `${modelName(params.model)} auf ${params.boardId} ausgewertet mit ${datasetName(params.dataset)}${how(params)}`;
  }
}

/** What was chosen of how it is built, where that is not what usually is. */
function how({ plan, optimization }: Pick<Extract<JobParams, { kind: 'build' }>, 'plan' | 'optimization'>): string {
  const chosen = [plan === 'auto' ? undefined : plan, optimization].filter((option) => option !== undefined);
  return chosen.length === 0 ? '' : ` (${chosen.join(', ')})`;
}

const titles: Partial<Record<Language, (params: JobParams) => string>> = { de: german };
const longest = 200;

/** What a window in another language than the service's calls the run that a job will fill: a user may rename it later. */
export function titled(params: JobParams, language: Language): { readonly title?: string } {
  const title = titles[language]?.(params);
  return title === undefined ? {} : { title: title.replace(/\p{Cc}/gu, ' ').slice(0, longest) };
}
