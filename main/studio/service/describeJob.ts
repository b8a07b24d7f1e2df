import { basename } from 'node:path';
import type { JobParams } from '../../contract/index.ts';
import type { NewRun } from '../../store/index.ts';

/**
 * What `demo` takes where nothing else is said. Epochs instead of minutes, and two workers: the same network, and the same
 * figures, on every machine, however busy it is.
 */
export const demoDefaults = {
  dataset: 'generated:road-signs',
  boardId: 'virtual-stm32f405',
  epochs: 36,
  workers: 2,
} as const;

/** What a run of these parameters is called, and what it is about. */
export function describeJob(params: JobParams): Pick<NewRun, 'title' | 'boardId' | 'model' | 'dataset'> {
  switch (params.kind) {
    case 'demo': {
      const { dataset = demoDefaults.dataset, boardId = demoDefaults.boardId } = params;
      return { title: `Demo: ${datasetName(dataset)} on ${boardId}`, boardId, model: null, dataset };
    }
    case 'train':
      return {
        title: `Train on ${datasetName(params.dataset)} for ${params.boardId}`,
        boardId: params.boardId,
        model: null,
        dataset: params.dataset,
      };
    case 'search':
      return {
        title: `Search on ${datasetName(params.dataset)} for ${params.boardId}`,
        boardId: params.boardId,
        model: null,
        dataset: params.dataset,
      };
    case 'build':
      return { ...ofModel('Build', params), dataset: null };
    case 'profile':
      return { ...ofModel('Profile', params), dataset: null };
    case 'evaluate':
      return { ...ofModel(`Evaluate on ${datasetName(params.dataset)}:`, params), dataset: params.dataset };
  }
}

function ofModel(what: string, { model, boardId }: { model: string; boardId: string }) {
  const name = basename(model).replace(/\.tflite$/, '');
  return { title: `${what} ${name} on ${boardId}`, boardId, model: name };
}

const datasetName = (spec: string): string =>
  spec.startsWith('generated:') ? spec.slice('generated:'.length).replaceAll('-', ' ') : basename(spec);
