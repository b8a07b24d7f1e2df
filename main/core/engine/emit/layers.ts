/** How the generated C speaks of layers and of what lies in the arena. */
import { bytesOf, describeShape, macsOf, outputOf, tensorAt, type Model, type TensorId } from '../../graph/index.ts';
import type { Plan, PlanBuffer } from '../plan.ts';
import { activationInputs } from '../rows.ts';
import { grouped, inComment } from './text.ts';

const LONGEST_NAME = 36;

/** A tensor's name without the names of all that a converter fused into it. */
function shortName(name: string): string {
  const [first = ''] = name.split(';');
  return first.length > LONGEST_NAME ? `...${first.slice(3 - LONGEST_NAME)}` : first;
}

const shapeOf = (model: Model, id: TensorId): string =>
  describeShape(tensorAt(model, id).shape)
    .replace(/^1×(?=.*×)/, '')
    .replaceAll('×', 'x');

const layerName = (model: Model, index: number): string => `${String(index)} ${model.operators[index]?.name ?? ''}`;

/** `output of 3 conv_3, 20x20x16`, `state of 0 conv_0`. */
export function describeBuffer(model: Model, { role, tensors, operators }: PlanBuffer): string {
  if (role === 'scratch' || role === 'state') {
    const [first = 0, ...others] = operators;
    const more = others.length > 0 ? ` and ${String(others.length)} more` : '';
    return inComment(`${role} of ${layerName(model, first)}${more}`);
  }
  const names = tensors.map((id) => {
    const maker = model.operators.findIndex(({ outputs }) => outputs.includes(id));
    return maker < 0 ? `input ${shortName(tensorAt(model, id).name)}` : `output of ${layerName(model, maker)}`;
  });
  const [first = -1] = tensors;
  return inComment(`${names.join(', then ')}, ${first < 0 ? '' : shapeOf(model, first)}`);
}

/** `conv_3: conv2d 20x20x48 -> 20x20x16, 307,200 MACs, makes 6,400 bytes.` */
export function describeOperator(model: Model, index: number): string {
  const operator = model.operators[index];
  if (operator === undefined) return '';
  const inputs = activationInputs(model, operator).map((id) => shapeOf(model, id));
  const outputs = operator.outputs.map((id) => shapeOf(model, id));
  const macs = macsOf(model, operator);
  const work = macs > 0 ? `${grouped(macs)} MACs, ` : '';
  const ends = `${inputs.join(' and ')} -> ${outputs.join(', ')}`;
  const text = `${operator.name}: ${operator.kind} ${ends}, ${work}makes ${grouped(bytesOf(outputOf(model, operator)))} bytes.`;
  return inComment(text);
}

/** A table of all layers, as lines of a comment. */
export function layerTable(model: Model, plan: Plan): string {
  const rows = model.operators.map((operator, index): string[] => {
    const kernel = plan.operators[index]?.kernel;
    const inputs = activationInputs(model, operator).map((id) => shapeOf(model, id));
    return [
      String(index),
      operator.kind,
      inputs.join(' + '),
      operator.outputs.map((id) => shapeOf(model, id)).join(' + '),
      grouped(macsOf(model, operator)),
      grouped(kernel?.constantBytes ?? 0),
      shortName(tensorAt(model, operator.outputs[0] ?? -1).name),
    ].map(inComment);
  });
  const titles = ['#', 'layer', 'reads', 'makes', 'MACs', 'constants', 'called'];
  const isNumber = [true, false, false, false, true, true, false];
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    ` * ${row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ')}`;
  return [titles, ...rows].map((row) => line(row).trimEnd()).join('\n');
}
