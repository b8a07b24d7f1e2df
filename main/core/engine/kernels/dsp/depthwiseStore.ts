/** The end of a depthwise tile: its finished outputs go to where their pixels are. */
import { addConstant } from './assembly.ts';
import type { DepthwiseShape } from './depthwiseShape.ts';

/** The furthest that STRB reaches from its pointer. */
const LONGEST_OFFSET = 4095;

/**
 * Stores the outputs, which are spent then: the first of them becomes the pointer to what lies too far away.
 *
 * @param first the output, counted from where the pointer points, that is in the first accumulator
 */
export function storeTile(
  accumulators: readonly string[],
  pointer: string,
  { outputStrides }: DepthwiseShape,
  first = 0,
  scratch = pointer,
): string[] {
  const lines = addConstant(pointer, pointer, first * outputStrides.pixel, scratch);
  let [base, from] = [pointer, 0];
  accumulators.forEach((accumulator, index) => {
    const offset = index * outputStrides.pixel - from;
    if (offset <= LONGEST_OFFSET) {
      lines.push(`strb ${accumulator}, [${base}, #${String(offset)}]`);
      return;
    }
    const [spent = accumulator, second = spent] = accumulators;
    lines.push(...addConstant(spent, base, offset, index > 1 ? second : spent), `strb ${accumulator}, [${spent}]`);
    [base, from] = [spent, index * outputStrides.pixel];
  });
  return lines;
}
