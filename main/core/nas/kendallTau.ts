/**
 * Kendall's tau-b of two ratings of the same things: 1 where both put all pairs into the same order, −1 where into the
 * opposite one; ties count for neither (Kendall, "The treatment of ties in ranking problems", 1945).
 */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  let [balance, pairsInA, pairsInB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    for (let j = 0; j < i; j++) {
      const [inA, inB] = [Math.sign(a[i] - a[j]), Math.sign(b[i] - b[j])];
      balance += inA * inB;
      pairsInA += Math.abs(inA);
      pairsInB += Math.abs(inB);
    }
  }
  const pairs = Math.sqrt(pairsInA * pairsInB);
  return pairs === 0 ? 0 : balance / pairs;
}
