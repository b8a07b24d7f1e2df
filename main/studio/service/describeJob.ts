import { basename } from 'node:path';
import type { BuildParams, JobParams } from '../../contract/index.ts';
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
    case 'bench': {
      const { title, models, boards } = params.matrix;
      const what = `${models.length} ${models.length === 1 ? 'model' : 'models'} × ${boards.length} ${boards.length === 1 ? 'board' : 'boards'}`;
      return { title: title ?? `Lab: ${what}`, boardId: null, model: null, dataset: params.matrix.dataset ?? null };
    }
    case 'build':
      return { ...ofModel('Build', params), dataset: null };
    case 'profile':
      return { ...ofModel('Profile', params), dataset: null };
    case 'evaluate':
      return { ...ofModel(`Evaluate on ${datasetName(params.dataset)}:`, params), dataset: params.dataset };
  }
}

function ofModel(what: string, params: Pick<BuildParams, 'model' | 'boardId' | 'plan' | 'optimization'>) {
  const { model, boardId, plan, optimization } = params;
  const name = basename(model).replace(/\.(tflite|onnx)$/, '');
  const chosen = [plan === 'auto' ? undefined : plan, optimization].filter((option) => option !== undefined);
  const how = chosen.length === 0 ? '' : ` (${chosen.join(', ')})`;
  return { title: `${what} ${name} on ${boardId}${how}`, boardId, model: name };
}

/** For people: without the options of a generated dataset, which the run's `dataset` keeps. */
function datasetName(spec: string): string {
  if (!spec.startsWith('generated:')) return basename(spec);
  const [name = ''] = spec.slice('generated:'.length).split('?');
  return name.replaceAll('-', ' ');
}

/** The boards that a job puts firmware onto; a build needs none. */
export function boardsOf(params: JobParams): readonly string[] {
  switch (params.kind) {
    case 'build':
      return [];
    case 'demo':
      return [params.boardId ?? demoDefaults.boardId];
    case 'search':
      return [params.boardId, ...(params.moreBoards ?? [])];
    case 'bench':
      return params.matrix.boards.map(({ id }) => id);
    case 'train':
    case 'profile':
    case 'evaluate':
      return [params.boardId];
  }
}
