/**
 * Partial recomputation: operators done column tile by column tile (MCUNetV2's patches along one axis; along the other,
 * rows are streamed as ever). The rings of a tile are as much shorter as the tile is narrower than the image; columns
 * around a border between tiles are computed for both. A tile is made of ordinary operators, so the tiled model is a model
 * like any other: the planner streams it, the checker replays it, the interpreter runs it, and its outputs are the same.
 *
 * What a tiled group reads is split into column tiles first, and what it makes stays split for the next tiled group, so
 * that each tile's output may overwrite the dead rows of the same tile of its input. Columns that the next tile needs of
 * this one's input are put aside before that.
 */
import {
  outputOf,
  tensorAt,
  type Model,
  type Operator,
  type SpatialPadding,
  type Tensor,
  type TensorId,
} from '../../../graph/index.ts';
import { activationInputs, isImage } from '../../rows.ts';

/** Operators [from, to) of a lowered model, in so many column tiles, or as many as there are columns. */
export interface Tiling {
  readonly from: number;
  readonly to: number;
  readonly tiles: number;
}

export interface TiledModel {
  readonly model: Model;
  /** For each operator: the one of the model before from which it was made, or for which it moves columns. */
  readonly origins: readonly number[];
}

/** Columns [low, high). */
interface Columns {
  readonly low: number;
  readonly high: number;
}

interface Part extends Columns {
  readonly id: TensorId;
}

const widthOf = (tensor: Tensor): number => tensor.shape[2] ?? 1;

/** @param tilings in the order of their operators, none of which is in two of them; each one `isTileable` */
export function tileColumns(model: Model, tilings: readonly Tiling[]): TiledModel {
  const tiler = new Tiler(model);
  let next = 0;
  for (const tiling of tilings) {
    for (; next < tiling.from; next++) tiler.copy(next);
    tiler.tile(tiling);
    next = tiling.to;
  }
  for (; next < model.operators.length; next++) tiler.copy(next);
  return tiler.finish();
}

/** Whether one image goes in, which nobody else reads, one comes out, and each column is made from columns near it. */
export function isTileable(model: Model, from: number, to: number): boolean {
  const inside = model.operators.slice(from, to);
  const made = new Set(inside.flatMap(({ outputs }) => outputs));
  const input = inputOfGroup(model, from, to);
  const last = inside.at(-1);
  if (input === null || last === undefined || model.inputs.includes(input)) return false;
  const readOutside = model.operators.flatMap((operator, index) =>
    index < from || index >= to ? activationInputs(model, operator) : [],
  );
  const leaving = new Set([...readOutside, ...model.outputs]);
  if (leaving.has(input)) return false;
  if (inside.some((operator) => operator !== last && operator.outputs.some((id) => leaving.has(id)))) return false;
  return inside.every(
    (operator) =>
      operator.outputs.length === 1 &&
      [...activationInputs(model, operator), ...operator.outputs].every((id) => isImage(tensorAt(model, id))) &&
      isLocal(model, operator, made, input),
  );
}

/** The only tensor that operators [from, to) read from outside, or null. */
function inputOfGroup(model: Model, from: number, to: number): TensorId | null {
  const inside = model.operators.slice(from, to);
  const made = new Set(inside.flatMap(({ outputs }) => outputs));
  const read = new Set(inside.flatMap((operator) => activationInputs(model, operator)).filter((id) => !made.has(id)));
  const [input, ...more] = read;
  return input !== undefined && more.length === 0 ? input : null;
}

function isLocal(model: Model, operator: Operator, made: ReadonlySet<TensorId>, input: TensorId): boolean {
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d':
    case 'average_pool_2d':
    case 'max_pool_2d': {
      // A window that sees nothing but padding would have no columns to read.
      const window = windowOf(model, operator);
      return window !== null && Math.max(window.padding.left, window.padding.right) < window.extent;
    }
    case 'add':
    case 'sub':
    case 'mul': {
      // Both of one width, and none a constant.
      const width = widthOf(outputOf(model, operator));
      return operator.inputs.every((id) => (made.has(id) || id === input) && widthOf(tensorAt(model, id)) === width);
    }
    case 'logistic':
    case 'hard_swish':
    case 'relu':
    case 'relu6':
    case 'leaky_relu':
      return true;
    default:
      return false;
  }
}

/** How a window moves over columns. */
interface WindowColumns {
  readonly extent: number;
  readonly stride: number;
  readonly padding: SpatialPadding;
}

function windowOf(model: Model, operator: Operator): WindowColumns | null {
  switch (operator.kind) {
    case 'conv2d':
    case 'depthwise_conv2d': {
      const columns = widthOf(tensorAt(model, operator.inputs[1] ?? -1));
      return { extent: (columns - 1) * operator.dilationW + 1, stride: operator.strideW, padding: operator.padding };
    }
    case 'average_pool_2d':
    case 'max_pool_2d':
      return { extent: operator.filterW, stride: operator.strideW, padding: operator.padding };
    default:
      return null;
  }
}

/** The columns of an input that are read to make some of the output, and how many beyond its borders. */
function columnsRead(
  model: Model,
  operator: Operator,
  input: TensorId,
  { low, high }: Columns,
): { columns: Columns; left: number; right: number } {
  const window = windowOf(model, operator);
  if (window === null) return { columns: { low, high }, left: 0, right: 0 };
  const width = widthOf(tensorAt(model, input));
  const first = low * window.stride - window.padding.left;
  const end = (high - 1) * window.stride - window.padding.left + window.extent;
  return {
    columns: { low: Math.max(0, first), high: Math.min(width, end) },
    left: Math.max(0, -first),
    right: Math.max(0, end - width),
  };
}

class Tiler {
  private readonly before: Model;
  private readonly tensors: Tensor[];
  private readonly operators: Operator[] = [];
  private readonly origins: number[] = [];
  /** Tensors that exist as column tiles only. */
  private readonly split = new Map<TensorId, readonly Part[]>();
  private readonly names = new Set<string>();
  private origin = 0;

  constructor(model: Model) {
    this.before = model;
    this.tensors = [...model.tensors];
  }

  finish(): TiledModel {
    for (const id of this.before.outputs) this.join(id);
    return { model: { ...this.before, tensors: this.tensors, operators: this.operators }, origins: this.origins };
  }

  /** An operator as it is; what it reads is put together again. */
  copy(index: number): void {
    const operator = this.before.operators[index];
    if (operator === undefined) return;
    this.origin = index;
    for (const id of operator.inputs) this.join(id);
    this.add(operator);
  }

  tile({ from, to, tiles: wanted }: Tiling): void {
    this.origin = from;
    const input = inputOfGroup(this.before, from, to);
    const output = this.before.operators[to - 1]?.outputs[0];
    if (input === null || output === undefined) throw new RangeError('these operators cannot be tiled');
    const tiles = Math.min(wanted, ...[input, output].map((id) => widthOf(tensorAt(this.before, id))));
    if (this.split.get(input)?.length !== tiles) {
      this.join(input);
      this.splitInto(input, tiles);
    }
    const ends = evenly(widthOf(tensorAt(this.before, output)), tiles);
    const needs = ends.map((columns) => this.needsOf(from, to, output, columns));
    const aside = new Map<number, Part>();
    const parts = needs.map((need, tile) => {
      const group = new TileOfGroup(this, this.before, need, this.partsFor(input, tile, aside), input);
      for (let index = from; index < to; index++) group.add(index);
      this.putAside(input, tile, needs, aside);
      return group.output(output);
    });
    this.split.set(output, parts);
  }

  emit(operator: Operator, index: number): void {
    this.origin = index;
    this.add(operator);
  }

  tensorLike(id: TensorId, { low, high }: Columns): TensorId {
    const tensor = tensorAt(this.before, id);
    const [batch = 1, height = 1, , channels = 1] = tensor.shape;
    const name = `${tensor.name} ${columnsName({ low, high })}`;
    return this.tensors.push({ ...tensor, name, shape: [batch, height, high - low, channels], data: null }) - 1;
  }

  /** Some columns of a part, as a tensor of its own. */
  slice(whole: TensorId, part: Part, columns: Columns): Part {
    const { low, high } = columns;
    if (part.low === low && part.high === high) return part;
    const id = this.tensorLike(whole, columns);
    const [batch = 1, height = 1, , channels = 1] = tensorAt(this.before, whole).shape;
    this.add({
      kind: 'strided_slice',
      name: `${this.nameOf(whole)} ${columnsName(columns)}`,
      inputs: [part.id],
      outputs: [id],
      begin: [0, 0, low - part.low, 0],
      end: [batch, height, high - part.low, channels],
      strides: [1, 1, 1, 1],
    });
    return { ...columns, id };
  }

  /** Columns that lie in several parts, put side by side. */
  gather(whole: TensorId, parts: readonly Part[], columns: Columns): Part {
    const pieces = parts
      .filter(({ low, high }) => low < columns.high && high > columns.low)
      .map((part) =>
        this.slice(whole, part, { low: Math.max(part.low, columns.low), high: Math.min(part.high, columns.high) }),
      );
    const [first, ...more] = pieces;
    if (first === undefined) throw new RangeError(`${this.nameOf(whole)} has no ${columnsName(columns)}`);
    if (more.length === 0) return first;
    const id = this.tensorLike(whole, columns);
    this.concatenate(whole, pieces, id, columnsName(columns));
    return { ...columns, id };
  }

  private concatenate(whole: TensorId, parts: readonly Part[], output: TensorId, what: string): void {
    const name = `${this.nameOf(whole)} ${what}`;
    this.add({ kind: 'concatenation', name, inputs: parts.map(({ id }) => id), outputs: [output], axis: 2 });
  }

  private join(id: TensorId): void {
    const parts = this.split.get(id);
    if (parts === undefined) return;
    this.concatenate(id, parts, id, 'joined');
    this.split.delete(id);
  }

  private splitInto(id: TensorId, tiles: number): void {
    const parts = evenly(widthOf(tensorAt(this.before, id)), tiles).map((columns): Part => ({
      ...columns,
      id: this.tensorLike(id, columns),
    }));
    const outputs = parts.map((part) => part.id);
    this.add({ kind: 'split', name: `${this.nameOf(id)} split`, inputs: [id], outputs, axis: 2 });
    this.split.set(id, parts);
  }

  /** What a tile may read: its own part and those after it, and what was put aside of those before it. */
  private partsFor(input: TensorId, tile: number, aside: ReadonlyMap<number, Part>): Part[] {
    return (this.split.get(input) ?? []).flatMap((part, index) => {
      const kept = index < tile ? aside.get(index) : part;
      return kept === undefined ? [] : [kept];
    });
  }

  /** The columns of a tile's input that later tiles need, before the tile's rows are overwritten. */
  private putAside(input: TensorId, tile: number, needs: readonly Needs[], aside: Map<number, Part>): void {
    const part = this.split.get(input)?.[tile];
    if (part === undefined) return;
    const later = needs.slice(tile + 1).map((need) => need.get(input)?.low ?? Infinity);
    const low = Math.max(part.low, Math.min(...later));
    if (low < part.high) aside.set(tile, this.slice(input, part, { low, high: part.high }));
  }

  /** Which columns of each tensor are needed for some of the output. */
  private needsOf(from: number, to: number, output: TensorId, columns: Columns): Needs {
    const needs = new Map<TensorId, Columns>([[output, columns]]);
    for (let index = to - 1; index >= from; index--) {
      const operator = this.before.operators[index];
      const wanted = needs.get(operator?.outputs[0] ?? -1);
      if (operator === undefined || wanted === undefined) continue;
      for (const id of activationInputs(this.before, operator)) {
        const read = columnsRead(this.before, operator, id, wanted).columns;
        const known = needs.get(id) ?? read;
        needs.set(id, { low: Math.min(known.low, read.low), high: Math.max(known.high, read.high) });
      }
    }
    return needs;
  }

  private nameOf(id: TensorId): string {
    return tensorAt(this.before, id).name;
  }

  private add(operator: Operator): void {
    let { name } = operator;
    for (let copy = 2; this.names.has(name); copy++) name = `${operator.name} (${String(copy)})`;
    this.names.add(name);
    this.operators.push({ ...operator, name });
    this.origins.push(this.origin);
  }
}

type Needs = ReadonlyMap<TensorId, Columns>;

/** One tile of one group of operators. */
class TileOfGroup {
  private readonly tiler: Tiler;
  private readonly model: Model;
  private readonly needs: Needs;
  private readonly input: TensorId;
  private readonly inputParts: readonly Part[];
  private readonly made = new Map<TensorId, Part>();
  /** Columns that were gathered already. */
  private readonly gathered = new Map<string, Part>();

  constructor(tiler: Tiler, model: Model, needs: Needs, inputParts: readonly Part[], input: TensorId) {
    this.tiler = tiler;
    this.model = model;
    this.needs = needs;
    this.input = input;
    this.inputParts = inputParts;
  }

  add(index: number): void {
    const operator = this.model.operators[index];
    const [output] = operator?.outputs ?? [];
    const columns = this.needs.get(output ?? -1);
    // Where no column of this tile needs it, it is not done.
    if (operator === undefined || output === undefined || columns === undefined) return;
    const activations = activationInputs(this.model, operator);
    let [left, right] = [0, 0];
    const inputs = operator.inputs.map((id) => {
      if (!activations.includes(id)) return id;
      const read = columnsRead(this.model, operator, id, columns);
      ({ left, right } = read);
      return this.fetch(id, read.columns).id;
    });
    const part = { ...columns, id: this.tiler.tensorLike(output, columns) };
    this.made.set(output, part);
    const padded = 'padding' in operator ? { padding: { ...operator.padding, left, right } } : {};
    const name = `${operator.name} ${columnsName(columns)}`;
    this.tiler.emit({ ...operator, ...padded, name, inputs, outputs: [part.id] } as Operator, index);
  }

  output(id: TensorId): Part {
    const part = this.made.get(id);
    if (part === undefined) throw new RangeError('a tile makes no output');
    return part;
  }

  private fetch(id: TensorId, columns: Columns): Part {
    const key = `${String(id)} ${columnsName(columns)}`;
    const known = this.gathered.get(key);
    if (known !== undefined) return known;
    const own = this.made.get(id);
    const part =
      id === this.input
        ? this.tiler.gather(id, this.inputParts, columns)
        : own === undefined
          ? this.tiler.gather(id, [], columns)
          : this.tiler.slice(id, own, columns);
    this.gathered.set(key, part);
    return part;
  }
}

const columnsName = ({ low, high }: Columns): string => `columns ${String(low)} to ${String(high - 1)}`;

function evenly(width: number, tiles: number): Columns[] {
  return Array.from({ length: tiles }, (_, tile) => ({
    low: Math.round((tile * width) / tiles),
    high: Math.round(((tile + 1) * width) / tiles),
  }));
}
