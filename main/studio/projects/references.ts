import type { ProjectReference } from '../../contract/index.ts';
import { parseDatasetSpec } from '../../datasets/index.ts';

type Params = Readonly<Record<string, unknown>>;
type Kind = ProjectReference['kind'];

const single: readonly (readonly [string, Kind])[] = [
  ['dataset', 'dataset'],
  ['model', 'model'],
  ['architecture', 'architecture'],
  ['space', 'space'],
];

/** The path in a dataset's text form, or the text itself where it names no path. */
const datasetPath = (spec: string): string => {
  const { source, target } = parseDatasetSpec(spec);
  return source === 'path' ? target : spec;
};

/** Whether this is something on the disk: generated datasets are made, not read. */
export const isOnDisk = (kind: Kind, original: string): boolean =>
  kind !== 'dataset' || parseDatasetSpec(original).source === 'path';

/** What a job's parameters point to outside of its run, each once. */
export function referencesOf(params: Params): { readonly kind: Kind; readonly original: string }[] {
  const found = single.flatMap(([key, kind]) => {
    const value = params[key];
    if (typeof value !== 'string') return [];
    return [{ kind, original: kind === 'dataset' ? datasetPath(value) : value }];
  });
  const { inputs } = params;
  const files = Array.isArray(inputs) ? inputs.filter((file): file is string => typeof file === 'string') : [];
  return [...found, ...files.map((original) => ({ kind: 'input' as const, original }))];
}

/** The same parameters, pointing to where things were moved. */
export function withMoved(params: Params, moved: ReadonlyMap<string, string>): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...params };
  for (const [key, kind] of single) {
    const value = params[key];
    if (typeof value !== 'string') continue;
    const original = kind === 'dataset' ? datasetPath(value) : value;
    const target = moved.get(original);
    // Options stand behind the path.
    if (target !== undefined) changed[key] = target + value.slice(original.length);
  }
  const { inputs } = params;
  if (Array.isArray(inputs))
    changed['inputs'] = inputs.map((file: unknown) => (typeof file === 'string' ? (moved.get(file) ?? file) : file));
  return changed;
}
