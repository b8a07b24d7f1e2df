import type { ModelInfo } from '../../contract/index.ts';
import { bytesOf, inspectModel, tensorAt, type Model, type Operator } from '../../core/graph/index.ts';
import type { OpenModel } from './openModel.ts';

/** What `inspect`, the window and reports show of a model. */
export function modelInfo({ model, bytes, sha256 }: OpenModel): ModelInfo {
  const report = inspectModel(model);
  const makers = new Map(model.operators.flatMap(({ outputs }, index) => outputs.map((id) => [id, index] as const)));
  return {
    name: report.name,
    sha256,
    fileBytes: bytes.length,
    inputs: report.inputs.map((end) => ({ ...end, shape: [...end.shape], type: 'int8' })),
    outputs: report.outputs.map((end) => ({ ...end, shape: [...end.shape], type: 'int8' })),
    operators: report.operators.map((row, index) => ({
      index,
      name: row.name,
      kind: row.kind,
      inputShapes: row.inputShapes.map((shape) => [...shape]),
      outputShapes: row.outputShapes.map((shape) => [...shape]),
      from: [...new Set(operatorAt(model, index).inputs.flatMap((id) => makers.get(id) ?? []))],
      macs: row.macs,
      parameters: row.parameters,
      weightBytes: row.parameterBytes,
      options: optionsOf(operatorAt(model, index)),
    })),
    macs: report.macs,
    parameters: report.parameters,
    weightBytes: report.parameterBytes,
    peakActivationBytes: peakActivationBytes(model),
  };
}

function operatorAt(model: Model, index: number): Operator {
  const operator = model.operators[index];
  if (operator === undefined) throw new RangeError(`no operator ${index}`);
  return operator;
}

/** What makes this operator different from others of its kind, as short text. */
function optionsOf(operator: Operator): Record<string, string> {
  const common = new Set(['kind', 'name', 'inputs', 'outputs']);
  const entries = Object.entries(operator).filter(([name]) => !common.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, shortText(value)]));
}

function shortText(value: unknown): string {
  if (Array.isArray(value)) return value.map(shortText).join(', ');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name} ${shortText(inner)}`)
    .join(', ');
}

/** The largest sum of activations that are alive at once when operators run whole, one after the other. */
function peakActivationBytes(model: Model): number {
  const lastUse = new Map<number, number>();
  model.operators.forEach(({ inputs }, index) => inputs.forEach((id) => lastUse.set(id, index)));
  for (const id of model.outputs) lastUse.set(id, model.operators.length);
  const isActivation = (id: number): boolean => tensorAt(model, id).data === null;
  const live = new Set<number>(model.inputs);
  let peak = 0;
  model.operators.forEach(({ outputs }, index) => {
    for (const id of outputs) live.add(id);
    peak = Math.max(
      peak,
      [...live].filter(isActivation).reduce((sum, id) => sum + bytesOf(tensorAt(model, id)), 0),
    );
    for (const id of live) if ((lastUse.get(id) ?? -1) <= index) live.delete(id);
  });
  return peak;
}
