import type { PlannedMemory } from '../../contract/index.ts';
import type { CompiledModel, Plan, PlanBuffer, Segment } from '../../core/engine/index.ts';
import type { Model } from '../../core/graph/index.ts';

/** What the planner promised, in the contract's words. */
export function plannedMemory({ model, plan, map, sramBytes }: CompiledModel): PlannedMemory {
  return {
    plan: describePlan(plan),
    sramBytes,
    weightBytes: map.operators.reduce((sum, { constantBytes }) => sum + constantBytes, 0),
    steps: map.steps,
    segments: segmentsOf(model, plan),
    buffers: plan.buffers.map((buffer, index) => ({
      name: nameOf(model, buffer),
      kind: kindOf(model, plan, buffer),
      offset: buffer.offset,
      bytes: buffer.bytes,
      firstStep: buffer.firstStep,
      lastStep: map.buffers[index]?.lastStep ?? buffer.lastStep,
    })),
  };
}

function describePlan({ segments, inputMode }: Plan): string {
  const streamed = segments.filter((segment) => segment.streamed && segment.to - segment.from > 1);
  const operators = streamed.reduce((sum, { from, to }) => sum + to - from, 0);
  const how =
    streamed.length === 0
      ? 'layer by layer'
      : `${operators} of ${segments.at(-1)?.to ?? 0} operators streamed in ${streamed.length} segments`;
  return `${how}, ${inputMode === 'whole' ? 'whole input' : 'fed row by row'}`;
}

const stepsIn = ({ program }: Segment): number =>
  program.reduce((sum, { count, operators }) => sum + count * operators.length, 0);

function segmentsOf(model: Model, { segments }: Plan): PlannedMemory['segments'] {
  let next = 0;
  return segments.map((segment) => {
    const firstStep = next;
    next += stepsIn(segment);
    const [first, last] = [model.operators[segment.from]?.name ?? '', model.operators[segment.to - 1]?.name ?? ''];
    return {
      name: segment.to - segment.from === 1 ? first : `${first} … ${last}`,
      firstStep,
      lastStep: Math.max(firstStep, next - 1),
      peakBytes: segment.peakBytes,
    };
  });
}

/** After the operator that makes it: tensors' own names are often long and say less. */
function nameOf(model: Model, { tensors, operators, role, name }: PlanBuffer): string {
  if (role !== 'tensor') return operators.map((index) => model.operators[index]?.name ?? '').join(', ') || name;
  const [first] = tensors;
  if (first === undefined) return name;
  if (model.inputs.includes(first)) return 'input';
  return model.operators.find(({ outputs }) => outputs.includes(first))?.name ?? name;
}

function kindOf(model: Model, plan: Plan, buffer: PlanBuffer): PlannedMemory['buffers'][number]['kind'] {
  if (buffer.role !== 'tensor') return 'work';
  if (buffer.tensors.some((id) => model.inputs.includes(id))) return 'input';
  if (buffer.tensors.some((id) => model.outputs.includes(id))) return 'output';
  const rows = buffer.bytes / Math.max(1, buffer.rowBytes);
  const height = model.tensors[buffer.tensors[0] ?? -1]?.shape;
  const whole = height?.length === 4 ? (height[1] ?? 1) : rows;
  return plan.segments.some(({ streamed }) => streamed) && rows < whole ? 'ring' : 'activation';
}
