/** Which kernel does each operator, and in which layout each tensor is kept. */
import { StudioError } from '../../../contract/index.ts';
import type { Model, Operator, TensorId } from '../../graph/index.ts';
import { hwc, type Core, type KernelVariant, type RowLayout } from '../kernels/kernel.ts';
import { kernelVariants } from '../kernels/variants.ts';
import { activationInputs } from '../rows.ts';
import type { KernelTiming } from '../timing/latencyTable.ts';
import { edgeName } from './flash.ts';
import type { Assignment } from './network.ts';

/** How good a kernel is for an operator; the smallest wins. */
export type Preference = (kernel: KernelVariant, operator: number) => number;

export const fastest: Preference = ({ cycles }) => cycles;

/** The fastest of those that do not need a whole tensor at once, so that the operator can be streamed. */
export const fastestByRows: Preference = ({ cycles, inputs }) =>
  cycles + (inputs.some(({ whole }) => whole === true) ? 1e12 : 0);

/** Of a planar row, about what is padding; rows without padding take the same in every layout. */
const PLANAR_PADDING = 0.1;

/**
 * Between the fastest and the smallest: a byte of memory while the operator runs is worth so many cycles. Scratch may be
 * worth less, as all operators of a segment share it.
 */
const thrifty =
  (cyclesPerByte: number, cyclesPerScratchByte: number): Preference =>
  ({ cycles, inputs, inputLayouts, scratchBytes, stateBytes }) => {
    const padding = inputs.reduce((bytes, { count }, place) => {
      const layout = inputLayouts[place];
      return bytes + (layout?.kind === 'planar' ? PLANAR_PADDING * count * layout.rowBytes : 0);
    }, 0);
    const whole = inputs.some((input) => input.whole === true) ? 1e12 : 0;
    return whole + cycles + cyclesPerByte * (padding + stateBytes) + cyclesPerScratchByte * scratchBytes;
  };

/** The least memory while it runs: the rows that it reads at a time with their padding, scratch and state. */
export const smallest: Preference = ({ cycles, inputs, inputLayouts, scratchBytes, stateBytes }) => {
  const rows = inputs.reduce((bytes, { count }, place) => {
    const layout = inputLayouts[place];
    return bytes + (layout?.kind === 'planar' ? count * layout.rowBytes : 0);
  }, 0);
  if (inputs.some(({ whole }) => whole === true)) return 1e18 + cycles;
  return (rows + scratchBytes + stateBytes) * 1e9 + cycles;
};

/** The ways to choose kernels between which the search may switch from segment to segment. */
export const ways: readonly Preference[] = [
  fastest,
  fastestByRows,
  thrifty(3000, 3000),
  thrifty(50_000, 500),
  smallest,
];

/** All variants for each operator of a model. */
export class KernelChoices {
  readonly model: Model;
  readonly variants: readonly (readonly KernelVariant[])[];
  private readonly consumers = new Map<TensorId, number[]>();
  private readonly producers = new Map<TensorId, number>();
  /** How many operators could use a kernel, and would share its code. */
  private readonly users = new Map<string, number>();

  /**
   * @param timing what is known of the kernels on a board; their own estimates where there is nothing
   * @throws StudioError `engine.unsupported-operator` where no kernel can do an operator
   */
  constructor(model: Model, core: Core, timing: KernelTiming | null = null) {
    this.model = model;
    this.variants = model.operators.map((operator, index) => {
      for (const id of activationInputs(model, operator))
        this.consumers.set(id, [...(this.consumers.get(id) ?? []), index]);
      for (const id of operator.outputs) this.producers.set(id, index);
      const known = variantsOf(model, operator, core);
      const variants = timing?.timed(known) ?? known;
      if (variants.length === 0) throw unsupported(model, operator, index);
      for (const name of codeNamesOf(variants)) this.users.set(name, (this.users.get(name) ?? 0) + 1);
      return variants;
    });
  }

  /** The constants of all operators, each with the kernel that has the fewest. */
  leastConstantBytes(): number {
    return this.variants.reduce(
      (total, variants) => total + Math.min(...variants.map(({ constantBytes }) => constantBytes)),
      0,
    );
  }

  /**
   * The Flash that a kernel takes for one operator: its constants, and its share of the code.
   *
   * @param users how many operators share each piece of code; those that could where it is absent
   */
  flashOf({ name, constantBytes, codeBytes, sharedCode = [] }: KernelVariant, users: CodeUsers = this.users): number {
    const sharing = (code: string): number => users.get(code) ?? this.users.get(code) ?? 1;
    let flash = constantBytes + codeBytes / sharing(name);
    for (const shared of sharedCode) flash += shared.bytes / sharing(shared.name);
    return flash;
  }

  /** Cycles for each byte of Flash, where every kernel is the fastest there is. */
  cyclesPerFlashByte(): number {
    let [cycles, flash] = [0, 0];
    for (const variants of this.variants) {
      const [first] = variants;
      if (first === undefined) continue;
      const quickest = variants.reduce((best, variant) => (variant.cycles < best.cycles ? variant : best), first);
      cycles += quickest.cycles;
      flash += this.flashOf(quickest);
    }
    return cycles / Math.max(1, flash);
  }

  /**
   * From the last operator to the first, each gets the variant that is preferred among those that write what the
   * consumer wants. A planar layout is only for a tensor with one consumer, whose producer can write it.
   */
  assign(prefer: Preference): Assignment {
    const layouts = new Map<TensorId, RowLayout>();
    const kernels = new Array<KernelVariant>(this.variants.length);
    for (let index = this.variants.length - 1; index >= 0; index--) {
      const operator = this.model.operators[index];
      if (operator === undefined) continue;
      const mustWritePlanar = operator.outputs.some((id) => layouts.get(id)?.kind === 'planar');
      const kernel = this.best(index, operator, mustWritePlanar, prefer);
      kernels[index] = kernel;
      activationInputs(this.model, operator).forEach((id, place) => layouts.set(id, kernel.inputLayouts[place] ?? hwc));
    }
    return { kernels, layouts };
  }

  private best(index: number, operator: Operator, mustWritePlanar: boolean, prefer: Preference): KernelVariant {
    const inputs = activationInputs(this.model, operator);
    let [best, least]: [KernelVariant | null, number] = [null, Infinity];
    for (const variant of this.variants[index] ?? []) {
      if (mustWritePlanar && !variant.writesPlanar) continue;
      if (!inputs.every((id, place) => variant.inputLayouts[place]?.kind !== 'planar' || this.mayBePlanar(id)))
        continue;
      const score = prefer(variant, index);
      if (score < least) [best, least] = [variant, score];
    }
    if (best === null) throw unsupported(this.model, operator, index);
    return best;
  }

  private mayBePlanar(id: TensorId): boolean {
    const producer = this.producers.get(id);
    if (producer === undefined || this.model.outputs.includes(id) || this.consumers.get(id)?.length !== 1) return false;
    // Its own inputs may be planar too; a variant that reads hwc is always there to fall back on.
    return (this.variants[producer] ?? []).some(
      ({ writesPlanar, inputLayouts }) => writesPlanar && inputLayouts.every(({ kind }) => kind === 'hwc'),
    );
  }
}

/** How many operators use each piece of code, by its name. */
export type CodeUsers = ReadonlyMap<string, number>;

/** Of the kernels that were chosen. */
export function usersOf({ kernels }: Assignment): CodeUsers {
  const users = new Map<string, number>();
  for (const kernel of kernels) for (const name of codeNamesOf([kernel])) users.set(name, (users.get(name) ?? 0) + 1);
  return users;
}

/** The code that some variants use, each once. */
export function codeNamesOf(variants: readonly KernelVariant[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { name, sharedCode = [] } of variants) {
    names.add(name);
    for (const shared of sharedCode) names.add(shared.name);
  }
  return names;
}

/** Variants of operators without data, by what they are asked for: the search asks for the same ones over and over. */
const knownVariants = new Map<string, readonly KernelVariant[]>();
const MOST_KNOWN = 50_000;

/** The variants that can do an operator, in any order. */
export function variantsOf(model: Model, operator: Operator, core: Core): readonly KernelVariant[] {
  const hasData = operator.inputs.some((id) => model.tensors[id]?.data !== null);
  const make = (): readonly KernelVariant[] => {
    const [input = -1] = activationInputs(model, operator);
    const zeroPoint = model.tensors[input]?.quantization?.zeroPoints[0] ?? 0;
    return kernelVariants({ model, operator, core }).map((variant) => withEdge(variant, zeroPoint));
  };
  if (hasData) return make();
  const key = `${core} ${signatureOf(model, operator)}`;
  const known = knownVariants.get(key);
  if (known !== undefined) return known;
  if (knownVariants.size >= MOST_KNOWN) knownVariants.clear();
  const variants = make();
  knownVariants.set(key, variants);
  return variants;
}

/** The row of zero points that a variant reads is shared with all that read the same value. */
function withEdge(variant: KernelVariant, zeroPoint: number): KernelVariant {
  const { edgeRowBytes, sharedCode = [] } = variant;
  if (edgeRowBytes === 0) return variant;
  return { ...variant, sharedCode: [...sharedCode, { name: edgeName(zeroPoint), bytes: (edgeRowBytes + 3) & ~3 }] };
}

/**
 * All that a kernel without data can depend on: shapes, scales, zero points, the operator's own numbers, and who reads
 * what it makes.
 */
function signatureOf(model: Model, operator: Operator): string {
  const tensors = [...operator.inputs, ...operator.outputs].map((id) => {
    const tensor = model.tensors[id];
    return `${tensor?.shape.join('x') ?? ''} ${String(tensor?.quantization?.scales[0])} ${String(tensor?.quantization?.zeroPoints[0])}`;
  });
  const { name: _name, inputs, outputs: _outputs, ...own } = operator;
  // An operand that is used twice is not two operands.
  const readers = model.operators.filter((other) => other.inputs.some((id) => operator.outputs.includes(id)));
  const kinds = [...new Set(readers.map(({ kind }) => kind))].sort().join();
  return `${tensors.join()} ${String(new Set(inputs).size)} ${kinds} ${JSON.stringify(own)}`;
}

export function unsupported(model: Model, operator: Operator, index: number): StudioError {
  return new StudioError({
    code: 'engine.unsupported-operator',
    message: `TinyEngine has no kernel for ${operator.kind} as operator ${String(index)} (${operator.name}) of ${model.name} uses it.`,
    remedy: 'Change the model so that it does without this operator, or quantize it to int8 throughout.',
    details: { operator: operator.name, kind: operator.kind, index },
  });
}
