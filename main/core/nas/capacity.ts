import { architectureCost, type Architecture } from '../architecture/index.ts';

/**
 * What a network can be expected to learn, before it is trained: the geometric mean of its multiply-accumulates and its
 * parameters, for comparing networks of one space. Both are hard to beat as training-free proxies (White and others, "A
 * Deeper Look at Zero-Cost Proxies for Lightweight NAS", ICLR blog track 2022); together they punish what has much of
 * the one and little of the other.
 */
export function capacityOf(architecture: Architecture): number {
  const { macs, parameters } = architectureCost(architecture);
  return Math.sqrt(macs * parameters);
}
