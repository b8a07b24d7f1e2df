import { elementsOf, inspectModel, interpret, type Model } from '../../main/core/graph/index.ts';

/** Runs a model once on zeros, unless it is so large that a fuzz run would spend its time here. */
export function runIfSmall(model: Model): void {
  const { macs } = inspectModel(model);
  const elements = model.tensors.reduce((sum, { shape }) => sum + elementsOf(shape), 0);
  if (macs > 100_000 || elements > 20_000) return;
  const windows = model.operators.map((operator) => ('filterH' in operator ? operator.filterH * operator.filterW : 1));
  if (Math.max(1, ...windows) > 10_000) return;
  interpret(
    model,
    model.inputs.map((id) => new Int8Array(elementsOf(model.tensors[id]?.shape ?? []))),
  );
}
