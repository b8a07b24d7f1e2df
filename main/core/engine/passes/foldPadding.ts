/**
 * PAD in front of a convolution or a maximum pool becomes that operator's own padding, where what it pads with counts
 * the same there: zero points in a convolution, the smallest value in a maximum pool.
 */
import { tensorAt, zeroPointOf, type Model, type Operator, type Pad, type SpatialPadding } from '../../graph/index.ts';
import { mapOperators, soleConsumerOf, untilSettled, type Pass } from './rewrite.ts';

export const foldPadding: Pass = {
  name: 'fold padding into its reader',
  run: (model) =>
    untilSettled(model, (current) => {
      for (const operator of current.operators) {
        if (operator.kind !== 'pad') continue;
        const folded = fold(current, operator);
        if (folded !== null) return folded;
      }
      return null;
    }),
};

function fold(model: Model, pad: Pad): Model | null {
  const [source, padded] = [pad.inputs[0], pad.outputs[0]];
  if (source === undefined || padded === undefined || pad.amounts.length !== 4) return null;
  const reader = soleConsumerOf(model, padded);
  if (reader === null || reader.inputs[0] !== padded || !padsOnlyTheImage(pad)) return null;
  const readerPads = 'padding' in reader ? reader.padding : null;
  if (readerPads === null || !sameQuantization(model, source, padded) || !countsTheSame(model, pad, reader))
    return null;
  const [, [top, bottom] = [0, 0], [left, right] = [0, 0]] = pad.amounts;
  const padding: SpatialPadding = {
    top: readerPads.top + top,
    bottom: readerPads.bottom + bottom,
    left: readerPads.left + left,
    right: readerPads.right + right,
  };
  return mapOperators(model, (operator): Operator | null => {
    if (operator === pad) return null;
    if (operator !== reader) return operator;
    return { ...operator, inputs: [source, ...operator.inputs.slice(1)], padding } as Operator;
  });
}

const padsOnlyTheImage = ({ amounts }: Pad): boolean =>
  [amounts[0], amounts[3]].every((amount) => amount?.[0] === 0 && amount[1] === 0) &&
  amounts.every(([before, after]) => before >= 0 && after >= 0);

function sameQuantization(model: Model, a: number, b: number): boolean {
  const [first, second] = [tensorAt(model, a).quantization, tensorAt(model, b).quantization];
  return first?.scales[0] === second?.scales[0] && first?.zeroPoints[0] === second?.zeroPoints[0];
}

function countsTheSame(model: Model, pad: Pad, reader: Operator): boolean {
  switch (reader.kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
      return pad.value === zeroPointOf(tensorAt(model, pad.outputs[0]));
    case 'max_pool_2d':
      // The pool's own padding does not count at all; the smallest value never wins, unless it is alone.
      return pad.value === -128 && coversImage(reader, pad);
    default:
      return false;
  }
}

/** Every window of the pool has something of the image in it. */
function coversImage(reader: Extract<Operator, { kind: 'average_pool_2d' | 'max_pool_2d' }>, pad: Pad): boolean {
  const [, [top, bottom] = [0, 0], [left, right] = [0, 0]] = pad.amounts;
  const { filterH, filterW, padding } = reader;
  return (
    Math.max(top + padding.top, bottom + padding.bottom) < filterH &&
    Math.max(left + padding.left, right + padding.right) < filterW
  );
}
