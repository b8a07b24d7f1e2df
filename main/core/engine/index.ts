/** TinyEngine: passes, plan, kernels, C. */
export { compileModel, type CompileOptions, type CompiledModel } from './compile.ts';
export type { Core } from './kernels/kernel.ts';
export type { BufferRole, InputMode, Plan, PlanBuffer, PlannedOperator, Segment, StepGroup } from './plan.ts';
export { INPUT_STEP } from './plan.ts';
export type { MemoryMap, MemoryMapEntry, OperatorCost } from './emit/memoryMap.ts';
export type { SourceFiles } from './emit/emitC.ts';
export { CYCLES_PER_STEP } from './planner/build.ts';
export { checkPlan } from './planner/check.ts';
export { layerPlan, planFront } from './planner/front.ts';
export { lower, passes, type Pass } from './passes/index.ts';
export {
  keyOf,
  latencyTableSchema,
  TableTiming,
  type KernelTiming,
  type LatencyPoint,
  type LatencyTable,
} from './timing/latencyTable.ts';
export { kernelFamily } from './timing/kernelFamily.ts';
export type { Preference } from './planner/assign.ts';
export type { KernelVariant } from './kernels/kernel.ts';
export type { Choice, PlanKind } from './planner/choose.ts';
export { planCost, planFits, type PlanCost, type PlanCostOptions, type PlanFit } from './planner/cost.ts';
export { skeletonOf } from './skeleton.ts';
export { randomNetwork } from './randomNetwork.ts';
export {
  exportFormats,
  exportModel,
  type ExportedFiles,
  type ExportFormat,
  type ExportOptions,
} from './export/index.ts';
