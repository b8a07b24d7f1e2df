/** The first of the largest values, as TensorFlow's argmax answers. */
export function largest(output: Int8Array): number {
  let best = 0;
  output.forEach((value, at) => {
    if (value > (output[best] ?? -128)) best = at;
  });
  return best;
}

/** An int8 softmax has scale 1/256 and zero point −128: the score of a class, 0 to 1. */
export const scoreOf = (output: Int8Array, predicted: number): number => ((output[predicted] ?? -128) + 128) / 256;
