/** What goes in and out of the int8 inside of a file whose own inputs and outputs may be float32 or uint8. */
import { StudioError } from '../../../contract/index.ts';
import { quoted } from '../../graph/index.ts';
import type { RawModel, RawOperator, RawTensor } from './rawModel.ts';
import { TensorType, tensorTypeName } from './schema.ts';

export interface Edges {
  /** Tensors of the file that the model takes and gives. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The QUANTIZE operators at the inputs, which are not part of the model. */
  readonly dropped: ReadonlySet<RawOperator>;
  /** Tensors that stand for the same values as another one. */
  readonly aliases: ReadonlyMap<number, number>;
}

export function readEdges(raw: RawModel, live: readonly RawOperator[]): Edges {
  const { makers, readers: readersOf } = usesOf(live);
  const dropped = new Set<RawOperator>();
  const aliases = new Map<number, number>();
  const inputs = raw.inputs.map((index) => {
    if (raw.tensor(index).type === TensorType.int8) return index;
    const readers = readersOf.get(index) ?? [];
    const [inside, ...others] = readers.map((reader) => insideOf(raw, raw.tensor(index), reader));
    if (inside === undefined) throw notInt8(raw, `its input ${quoted(raw.tensor(index).name)} is not used`);
    for (const other of others) {
      if (!sameQuantization(raw.tensor(inside), raw.tensor(other))) {
        throw notInt8(raw, `its input ${quoted(raw.tensor(index).name)} is quantized in two different ways`);
      }
      aliases.set(other, inside);
    }
    for (const reader of readers) dropped.add(reader);
    return inside;
  });
  return { inputs, outputs: raw.outputs.map((index) => insideOutput(raw, index, makers.get(index))), dropped, aliases };
}

/** Which operator makes each tensor, and which read it. */
function usesOf(operators: readonly RawOperator[]) {
  const makers = new Map<number, RawOperator>();
  const readers = new Map<number, RawOperator[]>();
  for (const operator of operators) {
    for (const index of operator.outputs) if (!makers.has(index)) makers.set(index, operator);
    for (const index of new Set(operator.inputs)) {
      const known = readers.get(index);
      if (known === undefined) readers.set(index, [operator]);
      else known.push(operator);
    }
  }
  return { makers, readers };
}

/** The int8 tensor that `reader` makes from an input of another type. */
function insideOf(raw: RawModel, input: RawTensor, reader: RawOperator): number {
  const made = reader.outputs[0] ?? -1;
  const describe = `its input ${quoted(input.name)} is ${tensorTypeName(input.type)}`;
  if (reader.name !== 'QUANTIZE' || raw.tensor(made).type !== TensorType.int8) {
    throw notInt8(raw, `${describe} and operator ${reader.place} (${reader.name}) computes with it`);
  }
  const exact = input.type === TensorType.float32 || differOnlyBy128(input, raw.tensor(made));
  if (!exact) throw notInt8(raw, `${describe} and is rescaled on its way to int8`);
  return made;
}

/** The int8 tensor from which an output of another type is made. */
function insideOutput(raw: RawModel, index: number, maker: RawOperator | undefined): number {
  const output = raw.tensor(index);
  if (output.type === TensorType.int8) return index;
  const describe = `its output ${quoted(output.name)} is ${tensorTypeName(output.type)}`;
  if (maker === undefined) throw notInt8(raw, `${describe} and no operator makes it`);
  const source = maker.inputs[0] ?? -1;
  const sourceIsInt8 = source >= 0 && raw.tensor(source).type === TensorType.int8;
  if (sourceIsInt8 && maker.name === 'DEQUANTIZE' && output.type === TensorType.float32) return source;
  if (sourceIsInt8 && maker.name === 'QUANTIZE' && differOnlyBy128(output, raw.tensor(source))) return source;
  throw notInt8(raw, `${describe} and is made by operator ${maker.place} (${maker.name})`);
}

/** Whether a uint8 tensor holds the int8 tensor's values, each 128 higher. */
function differOnlyBy128(unsigned: RawTensor, signed: RawTensor): boolean {
  return (
    unsigned.type === TensorType.uint8 &&
    unsigned.scales[0] === signed.scales[0] &&
    (unsigned.zeroPoints[0] ?? 0) - 128 === (signed.zeroPoints[0] ?? 0)
  );
}

function sameQuantization(a: RawTensor, b: RawTensor): boolean {
  return a.scales[0] === b.scales[0] && (a.zeroPoints[0] ?? 0) === (b.zeroPoints[0] ?? 0);
}

function notInt8(raw: RawModel, why: string): StudioError {
  return new StudioError({
    code: 'model.not-int8',
    message: `${raw.name} is not an int8 model: ${why}.`,
    remedy: 'Convert the network with full integer quantization (TFLITE_BUILTINS_INT8 and a representative data set).',
    details: { why },
  });
}
