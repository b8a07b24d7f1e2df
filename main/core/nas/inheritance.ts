import { weightLayout, type LayerWeights, type Slice, type WeightLayout } from '../training/index.ts';
import { largestGenotype, toArchitecture, type Genotype } from './genotype.ts';
import type { SearchSpace } from './space.ts';

/** Which numbers of the supernet's weight vector a subnet's consist of: runs of neighbours. */
export interface Inheritance {
  /** Triples: offset in the supernet, offset in the subnet, length. */
  readonly runs: Int32Array;
  /** Length of the subnet's vector. */
  readonly total: number;
}

/** The supernet of a space: the weight vector of its largest network, from which every other one is cut. */
export interface SupernetLayout {
  readonly space: SearchSpace;
  readonly largest: Genotype;
  readonly layout: WeightLayout;
  /** Layers by name, for looking up a subnet's. */
  readonly layers: ReadonlyMap<string, LayerWeights>;
}

export function supernetLayout(space: SearchSpace): SupernetLayout {
  const largest = largestGenotype(space);
  const layout = weightLayout(toArchitecture(space, largest));
  return { space, largest, layout, layers: new Map(layout.layers.map((entry) => [entry.layer.name, entry])) };
}

/** Block numbers of a subnet, and those of the supernet's blocks whose weights they take: the first of each stage. */
function blockNumbers(space: SearchSpace, genotype: Genotype): Map<number, number> {
  // Block 0 is the one without expansion, which every network has.
  const numbers = new Map([[0, 0]]);
  let own = 1;
  let inherited = 1;
  space.stages.forEach(({ depths }, s) => {
    for (let b = 0; b < genotype.stages[s].depth; b++) numbers.set(own++, inherited + b);
    inherited += Math.max(...depths);
  });
  return numbers;
}

/**
 * What a subnet takes from the supernet: the centre of larger depthwise kernels, the first channels of wider layers,
 * the first blocks of deeper stages (arXiv 2007.10319, App. C).
 */
export function inheritanceOf(supernet: SupernetLayout, genotype: Genotype): Inheritance {
  const { space, layers } = supernet;
  const layout = weightLayout(toArchitecture(space, genotype));
  const numbers = blockNumbers(space, genotype);
  const runs: number[] = [];
  for (const own of layout.layers) {
    const { layer } = own;
    const name = layer.block === null ? layer.name : `block${numbers.get(layer.block)}.${layer.role}`;
    const source = layers.get(name);
    if (source === undefined) throw new RangeError(`The supernet has no layer ${name}`);
    kernelRuns(source, own, runs);
    for (const part of ['gamma', 'beta', 'bias', 'mean', 'variance'] as const) prefixRun(source[part], own[part], runs);
  }
  return { runs: Int32Array.from(runs), total: layout.total };
}

function prefixRun(source: Slice | null, own: Slice | null, runs: number[]): void {
  if (source !== null && own !== null) runs.push(source.offset, own.offset, own.length);
}

/** A kernel is window × input channels × output channels; a depthwise one has no input channels of its own. */
function kernelRuns(source: LayerWeights, own: LayerWeights, runs: number[]): void {
  const perChannel = own.layer.kind === 'depthwise_conv2d';
  const [wide, narrow] = [source.layer, own.layer];
  const [inputsWide, inputs] = perChannel ? [1, 1] : [wide.input.channels, narrow.input.channels];
  const [outputsWide, outputs] = [wide.output.channels, narrow.output.channels];
  const margin = (wide.kernel - narrow.kernel) >> 1;
  let to = own.kernel.offset;
  for (let y = 0; y < narrow.kernel; y++) {
    for (let x = 0; x < narrow.kernel; x++) {
      const tap = (y + margin) * wide.kernel + x + margin;
      for (let i = 0; i < inputs; i++) {
        runs.push(source.kernel.offset + (tap * inputsWide + i) * outputsWide, to, outputs);
        to += outputs;
      }
    }
  }
}

/** Copies a subnet's numbers out of the supernet's vector. */
export function inherit(supernet: Float32Array, { runs, total }: Inheritance): Float32Array {
  const subnet = new Float32Array(total);
  for (let r = 0; r < runs.length; r += 3) {
    const [from, to, length] = [runs[r], runs[r + 1], runs[r + 2]];
    for (let i = 0; i < length; i++) subnet[to + i] = supernet[from + i];
  }
  return subnet;
}

/** Adds `factor` × a subnet's vector (a gradient) to the places that it was inherited from. */
export function giveBack(supernet: Float32Array, { runs }: Inheritance, subnet: Float32Array, factor: number): void {
  for (let r = 0; r < runs.length; r += 3) {
    const [to, from, length] = [runs[r], runs[r + 1], runs[r + 2]];
    for (let i = 0; i < length; i++) supernet[to + i] += factor * subnet[from + i];
  }
}

/**
 * Puts the most important expanded channels of every block first, so that narrow subnets inherit what matters:
 * importance is Σ|w| over a channel's row of the projection (mit-han-lab/mcunet's tinynas). The largest network's
 * function is unchanged.
 *
 * @param weights the supernet's vector; changed in place
 */
export function sortChannels(supernet: SupernetLayout, weights: Float32Array): void {
  for (const project of supernet.layout.layers.filter(({ layer }) => layer.role === 'project')) {
    const expand = supernet.layers.get(`block${project.layer.block}.expand`);
    const depthwise = supernet.layers.get(`block${project.layer.block}.depthwise`);
    if (expand === undefined || depthwise === undefined) continue;
    const channels = project.layer.input.channels;
    const outputs = project.layer.output.channels;
    const importance = Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let o = 0; o < outputs; o++) sum += Math.abs(weights[project.kernel.offset + c * outputs + o]);
      return sum;
    });
    const order = importance.map((_, c) => c).sort((a, b) => importance[b] - importance[a] || a - b);
    permuteColumns(weights, expand.kernel, channels, order);
    permuteColumns(weights, depthwise.kernel, channels, order);
    for (const { gamma, beta, mean, variance } of [expand, depthwise]) {
      for (const slice of [gamma, beta, mean, variance])
        if (slice !== null) permuteColumns(weights, slice, channels, order);
    }
    permuteRows(weights, project.kernel, outputs, order);
  }
}

function permuteColumns(weights: Float32Array, slice: Slice, columns: number, order: readonly number[]): void {
  const row = new Float32Array(columns);
  for (let at = slice.offset; at < slice.offset + slice.length; at += columns) {
    for (let c = 0; c < columns; c++) row[c] = weights[at + order[c]];
    weights.set(row, at);
  }
}

function permuteRows(weights: Float32Array, slice: Slice, columns: number, order: readonly number[]): void {
  const old = weights.slice(slice.offset, slice.offset + slice.length);
  order.forEach((from, to) =>
    weights.set(old.subarray(from * columns, (from + 1) * columns), slice.offset + to * columns),
  );
}
